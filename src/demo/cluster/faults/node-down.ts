import { alert, type Fault } from './fault.ts'

/** A machine that loses its power. */
export const fault: Fault = {
  id: 'node-down',
  title: 'A node is gone',
  whatHappens:
    'The machine under worker-3 loses its power. Its kubelet falls silent, the node becomes NotReady and its pods no longer answer.',
  namespace: 'default',
  target: { kind: 'Node', name: 'worker-3' },
  gitOwned: false,
  alert: alert(
    'KubeNodeNotReady',
    'critical',
    { node: 'worker-3', condition: 'Ready' },
    'Node is not ready.',
    'worker-3 has been unready for more than 15 minutes.',
  ),
  inject: ({ machines }) => machines.powerOff('worker-3'),
  heal: ({ machines }) => machines.powerOn('worker-3'),
}
