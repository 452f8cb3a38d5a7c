import {
  ago,
  container,
  containerLog,
  containerStatus,
  type Doc,
  deployment,
  type Extra,
  event,
  type Labels,
} from './objects.ts'

export type FailingOptions = {
  readonly namespace: string
  readonly name: string
  readonly replicas?: number
  readonly labels?: Labels
  /** The main container: name, image, command… */
  readonly container?: Doc
  readonly others?: readonly Doc[]
  readonly otherStatuses?: readonly Doc[]
  readonly podSpec?: Extra
  readonly exit?: Extra
  readonly restarts?: number
  /** Minutes since it began. */
  readonly since?: number
  readonly log?: string
  readonly state?: Doc
  readonly lastState?: Doc
  readonly ready?: boolean
  readonly events?: (pod: Doc) => readonly Doc[]
  readonly initContainers?: readonly Doc[]
  readonly initContainerStatuses?: readonly Doc[]
  readonly phase?: string
  readonly status?: Extra
}

export const podsIn = (docs: readonly Doc[]): readonly Doc[] => docs.filter((doc) => doc['kind'] === 'Pod')

const terminated = (exit: Extra): Doc => ({
  terminated: {
    exitCode: 1,
    reason: 'Error',
    startedAt: ago(3),
    finishedAt: ago(2),
    containerID: 'containerd://5f1c',
    ...exit,
  },
})

/** A Deployment whose pods crash: in back-off, with the log of the run that ended. */
export const crashing = (options: FailingOptions): readonly Doc[] => {
  const { namespace, name, since = 25, restarts = 7, exit = {}, ready = false } = options
  const main = options.container ?? container(name)
  const waiting = {
    waiting: {
      reason: 'CrashLoopBackOff',
      message: `back-off 5m0s restarting failed container=${String(main['name'])} pod=${name}`,
    },
  }
  const status = containerStatus(String(main['name']), {
    image: main['image'],
    ready,
    started: ready,
    restartCount: restarts,
    state: options.state ?? waiting,
    lastState: options.lastState ?? terminated(exit),
  })
  const docs = deployment({
    namespace,
    name,
    ready,
    minutesOld: since,
    containers: [main, ...(options.others ?? [])],
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    ...(options.podSpec === undefined ? {} : { podSpec: options.podSpec }),
    pod: {
      containerStatuses: [status, ...(options.otherStatuses ?? [])],
      ...(options.initContainers === undefined ? {} : { initContainers: options.initContainers }),
      ...(options.initContainerStatuses === undefined ? {} : { initContainerStatuses: options.initContainerStatuses }),
      ...(options.phase === undefined ? {} : { phase: options.phase }),
      ...(options.status === undefined ? {} : { status: options.status }),
    },
  })
  const path = `spec.containers{${String(main['name'])}}`
  const extras = podsIn(docs).flatMap((one) => [
    ...(options.state === undefined
      ? [
          event({
            about: one,
            reason: 'BackOff',
            message: `Back-off restarting failed container ${String(main['name'])} in pod`,
            first: since - 1,
            last: 1,
            count: 60,
            fieldPath: path,
          }),
        ]
      : []),
    ...(options.log === undefined
      ? []
      : [containerLog(one, String(main['name']), options.log, ready ? {} : { previous: false })]),
    ...(options.events?.(one) ?? []),
  ])
  return [...docs, ...extras]
}

/** A Deployment whose pods wait for something: its main container has not been started. */
export const waiting = (
  options: FailingOptions & { readonly reason: string; readonly message?: string },
): readonly Doc[] =>
  crashing({
    ...options,
    restarts: options.restarts ?? 0,
    phase: options.phase ?? 'Pending',
    state: {
      waiting: { reason: options.reason, ...(options.message === undefined ? {} : { message: options.message }) },
    },
    lastState: options.lastState ?? {},
  })

/** A Deployment that runs and is ready, with a log. */
export const running = (options: FailingOptions): readonly Doc[] => {
  const main = options.container ?? container(options.name)
  const docs = deployment({
    namespace: options.namespace,
    name: options.name,
    containers: [main, ...(options.others ?? [])],
    ...(options.ready === undefined ? {} : { ready: options.ready }),
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    ...(options.since === undefined ? {} : { minutesOld: options.since }),
    ...(options.podSpec === undefined ? {} : { podSpec: options.podSpec }),
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    pod: {
      ...(options.restarts === undefined && options.lastState === undefined
        ? {}
        : {
            containerStatuses: [
              containerStatus(String(main['name']), {
                image: main['image'],
                ready: options.ready ?? true,
                started: true,
                restartCount: options.restarts ?? 0,
                state: options.state ?? { running: { startedAt: ago(options.since ?? 60) } },
                lastState: options.lastState ?? {},
              }),
            ],
          }),
    },
  })
  return [
    ...docs,
    ...podsIn(docs).flatMap((one) => [
      ...(options.log === undefined ? [] : [containerLog(one, String(main['name']), options.log)]),
      ...(options.events?.(one) ?? []),
    ]),
  ]
}

export const deploymentNamed = (namespace: string, name: string) => ({ kind: 'Deployment', namespace, name })
