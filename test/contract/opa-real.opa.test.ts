import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { combined, openOpa } from '../../src/policy/opa.ts'
import type { PolicyRequest } from '../../src/policy/policy.ts'
import { freePort } from '../free-port.ts'
import { loaded, request } from '../policy/policies.ts'

/** What docs/policy.md gives as an example, and a decision that is not ours. */
const rego = `package cluster_doctor

default verdict := {"allow": false, "reasons": ["no rule of OPA allows this"]}

verdict := {"allow": true, "quorum": 2} if {
	input.target.namespace == "payments"
	input.cedar.kind != "deny"
}

verdict := {"allow": true} if {
	input.target.namespace == "shop"
	not input.frozen
}

wrong := true
`

describe('the real OPA', () => {
  let opa: ChildProcess
  let folder: string
  let url: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opa-'))
    writeFileSync(join(folder, 'policy.rego'), rego)
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    opa = spawn('opa', ['run', '--server', '--addr', `127.0.0.1:${port}`, '--log-level', 'error', folder], {
      stdio: 'inherit',
    })
    await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), 20_000)
  })
  afterAll(() => {
    opa?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const both = async (more: Partial<PolicyRequest>, at = url) => {
    const asked = request(more)
    const verdict = loaded().verdict(asked)
    return combined(verdict, await openOpa(at).ask(asked, verdict))
  }
  const inNamespace = (namespace: string) => ({ target: { ...request().target, namespace } })

  it('lets pass what both allow, and may ask for more people', async () => {
    expect(await both(inNamespace('shop'))).toMatchObject({ kind: 'needs-approval', rule: { quorum: 1 } })
    expect(await both(inNamespace('payments'))).toMatchObject({ kind: 'needs-approval', rule: { quorum: 2 } })
  })

  it('says no by its default, with its reason', async () => {
    expect(await both(inNamespace('elsewhere'))).toMatchObject({
      kind: 'deny',
      code: 'opa-denied',
      reasons: ['no rule of OPA allows this'],
    })
  })

  it('cannot allow what Cedar denies', async () => {
    expect(await both({ ...inNamespace('shop'), action: 'something-new' })).toMatchObject({ code: 'not-permitted' })
  })

  it('counts as no where the decision is undefined or not one of ours, and once it is gone', async () => {
    expect(await both(inNamespace('shop'), `${url}/v1/data/nowhere/verdict`)).toMatchObject({ code: 'opa-malformed' })
    expect(await both(inNamespace('shop'), `${url}/v1/data/cluster_doctor/wrong`)).toMatchObject({
      code: 'opa-malformed',
    })
    opa.kill('SIGKILL')
    await new Promise((resolve) => opa.once('exit', resolve))
    expect(await both(inNamespace('shop'))).toMatchObject({ kind: 'deny', code: 'opa-unreachable' })
  })
})
