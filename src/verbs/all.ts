import { verb as ack } from './ack.ts'
import { verb as agreement } from './agreement.ts'
import { verb as apply } from './apply.ts'
import { verb as ask } from './ask.ts'
import { verb as assign } from './assign.ts'
import { verb as autoscale } from './autoscale.ts'
import { verb as breakGlass } from './break-glass.ts'
import { verb as canI } from './can-i.ts'
import { verb as contexts } from './contexts.ts'
import { verb as cordon } from './cordon.ts'
import { verb as csr } from './csr.ts'
import { verb as debug } from './debug.ts'
import { verb as deleteObject } from './delete.ts'
import { verb as describe } from './describe.ts'
import { verb as drain } from './drain.ts'
import { verb as env } from './env.ts'
import { verb as escalate } from './escalate.ts'
import { verb as events } from './events.ts'
import { verb as evict } from './evict.ts'
import { verb as exec } from './exec.ts'
import { verb as expand } from './expand.ts'
import { verb as freeze } from './freeze.ts'
import { verb as get } from './get.ts'
import { verb as graph } from './graph.ts'
import { verb as helmHistory } from './helm-history.ts'
import { verb as helmRollback } from './helm-rollback.ts'
import { helpVerb, type VerbGroups } from './help.ts'
import { verb as hygiene } from './hygiene.ts'
import { verb as image } from './image.ts'
import { verb as incidents } from './incidents.ts'
import { verb as investigate } from './investigate.ts'
import { verb as kubeconfig } from './kubeconfig.ts'
import { verb as link } from './link.ts'
import { verb as logs } from './logs.ts'
import { verb as maintenance } from './maintenance.ts'
import { verb as merge } from './merge.ts'
import { verb as namespaces } from './namespaces.ts'
import { verb as nodeLogs } from './node-logs.ts'
import { verb as nodes } from './nodes.ts'
import { verb as note } from './note.ts'
import { verb as oncall } from './oncall.ts'
import { verb as patterns } from './patterns.ts'
import { verb as pause } from './pause.ts'
import { verb as plans } from './plans.ts'
import { verb as pods } from './pods.ts'
import { verb as postmortem } from './postmortem.ts'
import { verb as refresh } from './refresh.ts'
import { verb as renew } from './renew.ts'
import { verb as replicas } from './replicas.ts'
import { verb as report } from './report.ts'
import { verb as resolve } from './resolve.ts'
import { verb as resources } from './resources.ts'
import { verb as restart } from './restart.ts'
import { verb as resume } from './resume.ts'
import { verb as rights } from './rights.ts'
import { verb as rollback } from './rollback.ts'
import { verb as scale } from './scale.ts'
import { verb as selector } from './selector.ts'
import { verb as split } from './split.ts'
import { verb as status } from './status.ts'
import { verb as suspend } from './suspend.ts'
import { verb as sync } from './sync.ts'
import { verb as timeline } from './timeline.ts'
import { verb as top } from './top.ts'
import { verb as uncordon } from './uncordon.ts'
import { verb as undo } from './undo.ts'
import { verb as unfreeze } from './unfreeze.ts'
import type { Verb } from './verb.ts'
import { verb as whoCan } from './who-can.ts'
import { verb as whyNot } from './why-not.ts'
import { verb as workflow } from './workflow.ts'

/** The verbs in groups, in the order in which help shows them. */
const groups: VerbGroups = [
  ['Find out', [investigate, ask, report, hygiene, graph, patterns, workflow, incidents, status]],
  [
    'Read',
    [pods, get, describe, logs, events, top, nodes, nodeLogs, namespaces, replicas, helmHistory, contexts, kubeconfig],
  ],
  [
    'Look after an incident',
    [ack, resolve, escalate, note, assign, link, merge, split, oncall, timeline, postmortem, maintenance],
  ],
  ['Rights', [canI, whoCan, rights]],
  [
    'Plan a change (a card asks for approval)',
    [scale, restart, rollback, resources, apply, deleteObject, drain, debug, exec],
  ],
  [
    'Plan an operation (a card asks for approval)',
    [
      image,
      env,
      pause,
      resume,
      suspend,
      autoscale,
      selector,
      expand,
      evict,
      cordon,
      uncordon,
      sync,
      refresh,
      renew,
      csr,
      helmRollback,
    ],
  ],
  ['Safety', [plans, whyNot, undo, freeze, unfreeze, breakGlass, agreement]],
]

/** All verbs, help last. */
export const verbs: readonly Verb[] = [...groups.flatMap(([, group]) => group), helpVerb(groups)]

/** The verb of a name or alias. */
export const verbNamed = (name: string): Verb | undefined =>
  verbs.find((verb) => verb.name === name || verb.aliases?.includes(name))
