import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

type Spec = Readonly<Record<string, unknown>>
const read = (path: string) => readFileSync(join(import.meta.dirname, '../../manifests', path), 'utf8')
const shipped = parseAllDocuments(read('admission-policy.yaml'))[0]?.toJS() as { readonly spec: Spec }
const kyverno = parse(read('optional/kyverno/policy.yaml')) as { readonly spec: Spec }

describe('the policy for Kyverno', () => {
  it.each(['failurePolicy', 'matchConstraints', 'matchConditions', 'variables', 'validations'])(
    'has the %s of the shipped policy, expression by expression',
    (part) => {
      expect(shipped.spec[part]).toBeDefined()
      expect(kyverno.spec[part]).toEqual(shipped.spec[part])
    },
  )

  it('adds only how Kyverno is to act on it: it denies, and looks at requests alone', () => {
    const { validationActions, evaluation, ...rest } = kyverno.spec
    expect(Object.keys(rest).sort()).toEqual(Object.keys(shipped.spec).sort())
    expect(validationActions).toEqual(['Deny'])
    expect(evaluation).toEqual({ admission: { enabled: true }, background: { enabled: false } })
  })
})
