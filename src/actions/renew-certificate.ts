import { z } from 'zod'
import { conditionOf, conditionsAt, numberAt, textAt } from '../domain/at.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { type Op, patchRequest } from './change/patch.ts'

/**
 * Has cert-manager issue a Certificate anew, as `cmctl renew` does: the condition Issuing in its status. Success is a newer
 * revision that is ready; there is no way back.
 */
export const action: Action = defineAction({
  id: 'renew-certificate',
  title: 'Renew',
  kinds: ['Certificate.cert-manager.io'],
  needs: [],
  input: z.strictObject({}),
  draft: ({ target, mark, at }) => {
    const name = refText(refOf(target))
    const conditions = conditionsAt(target)
    if (conditionOf(conditions, 'Issuing')?.status === 'True')
      return refused('already-there', `${name} is being issued already.`)
    const index = conditions.findIndex((condition) => condition.type === 'Issuing')
    const issuing = {
      type: 'Issuing',
      status: 'True',
      reason: 'ManuallyTriggered',
      message: `Renewal asked for by cluster-doctor, plan ${mark}`,
      lastTransitionTime: `${at.slice(0, 19)}Z`,
      ...(target.metadata.generation === undefined ? {} : { observedGeneration: target.metadata.generation }),
    }
    const request = patchRequest(target, mark, opsOf(target, index, issuing), { subresource: 'status' })
    if (isRefusal(request)) return request
    const { uid: _, ...object } = refOf(target)
    const issuer = textAt(target, 'spec', 'issuerRef', 'name') ?? 'its issuer'
    const secret = textAt(target, 'spec', 'secretName') ?? 'its Secret'
    return {
      change: { kind: 'cluster-write', request },
      risk: 'low',
      blast: {
        pods: 0,
        workloads: 0,
        services: 0,
        objects: [refOf(target)],
        notes: [
          `${issuer} issues it anew into Secret ${secret}`,
          'what reads that Secret only when it starts needs a restart afterwards',
        ],
      },
      success: {
        kind: 'fields-hold',
        target: object,
        all: [
          { path: ['status', 'conditions', 'Issuing', 'status'], is: 'not-equal', value: 'True' },
          { path: ['status', 'conditions', 'Ready', 'status'], is: 'equal', value: 'True' },
          { path: ['status', 'revision'], is: 'at-least', value: (numberAt(target, 'status', 'revision') ?? 0) + 1 },
        ],
        never: [{ path: ['status', 'conditions', 'Issuing', 'reason'], is: 'equal', value: 'Failed' }],
        within: 300,
      },
      undo: { kind: 'none', reason: 'a certificate that was issued anew replaces the old one' },
      summary: `Renew ${name}`,
    }
  },
})

const opsOf = (target: { readonly status?: unknown }, index: number, issuing: object): readonly Op[] => {
  if (index >= 0)
    return [
      { op: 'test', path: `/status/conditions/${index}/type`, value: 'Issuing' },
      { op: 'replace', path: `/status/conditions/${index}`, value: issuing },
    ]
  if (target.status === undefined) return [{ op: 'add', path: '/status', value: { conditions: [issuing] } }]
  const some = Array.isArray((target.status as { readonly conditions?: unknown }).conditions)
  return some
    ? [{ op: 'add', path: '/status/conditions/-', value: issuing }]
    : [{ op: 'add', path: '/status/conditions', value: [issuing] }]
}
