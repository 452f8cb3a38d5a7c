import { describe, expect, it } from 'vitest'
import { parseSchedulerMessage } from '../../src/domain/scheduler-message.ts'

const kinds = (message: string): readonly string[] =>
  (parseSchedulerMessage(message)?.reasons ?? []).map(
    (one) =>
      `${one.nodes} ${one.kind}${one.resource === undefined ? '' : ` ${one.resource}`}${one.taint === undefined ? '' : ` ${one.taint.key}=${one.taint.value}`}`,
  )

describe('parseSchedulerMessage', () => {
  it.each([
    [
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
      ['1 resource cpu', '2 selector'],
    ],
    [
      "0/5 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 4 Insufficient memory.",
      ['1 taint node-role.kubernetes.io/master=', '4 resource memory'],
    ],
    ["0/4 nodes are available: 4 node(s) didn't match node selector.", ['4 selector']],
    [
      '0/2 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 1 node(s) were unschedulable. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
      ['1 taint dedicated=gpu', '1 cordoned'],
    ],
    [
      '0/3 nodes are available: 3 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/3 nodes',
      ['3 taint'],
    ],
    [
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: none',
      ['3 claim-unbound'],
    ],
    ['0/3 nodes are available: persistentvolumeclaim "data" not found. preemption: none', ['3 claim-missing']],
    ['0/3 nodes are available: 3 pod has unbound immediate PersistentVolumeClaims.', ['3 claim-unbound']],
    ["0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.", ['3 no-volume']],
    ['0/3 nodes are available: 2 node(s) had volume node affinity conflict, 1 Too many pods.', ['2 volume', '1 pods']],
    ["0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity.", ['3 volume']],
    ["0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.", ['3 host-port']],
    [
      "0/3 nodes are available: 1 node(s) didn't match pod anti-affinity rules, 2 node(s) didn't match pod topology spread constraints (missing required label).",
      ['1 pod-affinity', '2 spread'],
    ],
    [
      "0/3 nodes are available: 3 node(s) didn't match pod affinity/anti-affinity rules, 3 node(s) didn't match pod affinity rules.",
      ['3 pod-affinity', '3 pod-affinity'],
    ],
    ['0/3 nodes are available: 3 Insufficient nvidia.com/gpu.', ['3 resource nvidia.com/gpu']],
    ['0/3 nodes are available: 3 node(s) exceed max volume count.', ['3 resource attachable-volumes']],
  ])('takes apart %s', (message, expected) => {
    expect(kinds(message)).toEqual(expected)
  })

  it('knows nothing of other texts', () => {
    expect(parseSchedulerMessage('skip schedule deleting pod: shop/cart')).toBeUndefined()
    expect(parseSchedulerMessage(undefined)).toBeUndefined()
  })
})
