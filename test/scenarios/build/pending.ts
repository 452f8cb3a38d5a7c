import { type DeploymentOptions, type Doc, deployment, event } from './objects.ts'

/** Documents without those of some kinds. */
export const without = (docs: readonly Doc[], ...kinds: readonly string[]): readonly Doc[] =>
  docs.filter((doc) => !kinds.includes(String(doc['kind'])))

/** The documents of one kind. */
export const only = (docs: readonly Doc[], kind: string): readonly Doc[] => docs.filter((doc) => doc['kind'] === kind)

export const unschedulable = (message: string, at: string): Doc => ({
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message,
  lastTransitionTime: at,
})

export type PendingOptions = DeploymentOptions & { readonly message: string; readonly quietEvents?: boolean }

/** A Deployment whose pods the scheduler cannot place, with its words as condition and event. */
export const pendingDeployment = (options: PendingOptions): readonly Doc[] => {
  const { message, minutesOld = 25 } = options
  const at = new Date(Date.parse('2026-11-20T10:00:00Z') - minutesOld * 60_000).toISOString().replace('.000Z', 'Z')
  const docs = deployment({
    ...options,
    minutesOld,
    ready: false,
    pod: { nodeName: '', conditions: [unschedulable(message, at)], ...options.pod },
    status: {
      conditions: [
        { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', lastTransitionTime: at },
        {
          type: 'Progressing',
          status: minutesOld > 10 ? 'False' : 'True',
          reason: minutesOld > 10 ? 'ProgressDeadlineExceeded' : 'ReplicaSetUpdated',
          message: `ReplicaSet "${options.name}" has timed out progressing.`,
          lastTransitionTime: at,
        },
      ],
      ...options.status,
    },
  })
  const events = only(docs, 'Pod').map((about) =>
    event({ about, reason: 'FailedScheduling', message, first: minutesOld, last: 1, component: 'default-scheduler' }),
  )
  return options.quietEvents === true ? docs : [...docs, ...events]
}
