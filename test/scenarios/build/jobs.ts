import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import {
  ago,
  container,
  containerLog,
  containerStatus,
  type Doc,
  type Extra,
  event,
  namespace,
  obj,
  ownerRef,
  pod,
} from './objects.ts'

const group = 'jobs'
const around = [
  ...cluster(),
  namespace('batch'),
  obj('v1', 'ServiceAccount', 'batch', 'default'),
  ...healthyApp('batch', 'console'),
]

type Run = {
  readonly pod?: Doc
  readonly status?: Extra
  readonly spec?: Extra
  readonly owner?: Doc
  readonly minutesOld?: number
  readonly containers?: readonly Doc[]
  readonly log?: string
  readonly statuses?: readonly Doc[]
  readonly phase?: string
}

const job = (name: string, run: Run): readonly Doc[] => {
  const containers = run.containers ?? [container('work')]
  const minutesOld = run.minutesOld ?? 30
  const labels = { 'job-name': name, 'batch.kubernetes.io/job-name': name }
  const one = obj(
    'batch/v1',
    'Job',
    'batch',
    name,
    {
      spec: {
        backoffLimit: 2,
        completions: 1,
        parallelism: 1,
        suspend: false,
        template: { metadata: { labels }, spec: { containers, restartPolicy: 'Never' } },
        ...run.spec,
      },
      status: { startTime: ago(minutesOld), ...run.status },
    },
    {
      creationTimestamp: ago(minutesOld),
      labels,
      ...(run.owner === undefined ? {} : { ownerReferences: [ownerRef(run.owner)] }),
    },
  )
  const pods =
    run.phase === undefined
      ? []
      : [
          pod({
            namespace: 'batch',
            name: `${name}-x7k2p`,
            owner: one,
            labels,
            containers,
            phase: run.phase,
            ready: false,
            minutesOld,
            spec: { restartPolicy: 'Never' },
            containerStatuses: run.statuses ?? [],
          }),
        ]
  return [
    one,
    ...pods,
    ...(run.log === undefined
      ? []
      : pods.map((doc) => containerLog(doc, String(containers[0]?.['name']), run.log ?? ''))),
  ]
}

const ended = (name: string, exitCode: number): Doc =>
  containerStatus(name, {
    ready: false,
    started: false,
    state: {
      terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: ago(28), finishedAt: ago(27) },
    },
  })
const failedStatus = (reason: string, message: string, failed = 3): Extra => ({
  failed,
  conditions: [
    { type: 'FailureTarget', status: 'True', reason, message, lastTransitionTime: ago(25) },
    { type: 'Failed', status: 'True', reason, message, lastTransitionTime: ago(25) },
  ],
})
const complete: Extra = {
  succeeded: 1,
  completionTime: ago(20),
  conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: ago(20) }],
}
const backoff = 'Job has reached the specified backoff limit'

writeCase(
  group,
  'job-failed-plain',
  [...around, ...job('rebuild-index', { status: failedStatus('BackoffLimitExceeded', backoff) })],
  {
    verdict: 'fault',
    codes: ['job-failed'],
    objects: [{ kind: 'Job', namespace: 'batch', name: 'rebuild-index' }],
    mustMention: [['backoff', 'backoffLimit']],
  },
)
writeCase(
  group,
  'job-failed-log-explains',
  [
    ...around,
    ...job('export', {
      status: failedStatus('BackoffLimitExceeded', backoff),
      phase: 'Failed',
      statuses: [ended('work', 1)],
      log: 'loading rows\nTraceback (most recent call last):\n  File "/app/export.py", line 4, in <module>\n    rows[0]["total"] / rows[0]["count"]\nZeroDivisionError: division by zero\n',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['app-crash', 'job-failed'],
    objects: [{ kind: 'Job', namespace: 'batch', name: 'export' }],
    mustMention: [['ZeroDivisionError']],
  },
)
writeCase(
  group,
  'job-retried-well-lookalike',
  [
    ...around,
    ...job('import', {
      status: { ...complete, failed: 1 },
      phase: 'Failed',
      statuses: [ended('work', 1)],
      log: 'ERROR lock held by another import\n',
    }),
  ],
  {
    verdict: 'healthy',
    mustNotCode: ['job-failed', 'app-crash'],
  },
)
writeCase(
  group,
  'job-queued-lookalike',
  [
    ...around,
    ...job('train', {
      spec: { suspend: true },
      status: {
        conditions: [
          {
            type: 'Suspended',
            status: 'True',
            reason: 'JobSuspended',
            message: 'Job suspended',
            lastTransitionTime: ago(30),
          },
        ],
      },
    }),
  ],
  {
    verdict: 'healthy',
    mustNotCode: ['job-failed', 'job-never-completes'],
  },
)
writeCase(
  group,
  'job-deadline-plain',
  [
    ...around,
    ...job('nightly-sync', {
      spec: { activeDeadlineSeconds: 600 },
      status: failedStatus('DeadlineExceeded', 'Job was active longer than specified deadline', 1),
    }),
  ],
  {
    verdict: 'fault',
    codes: ['job-deadline-exceeded'],
    objects: [{ kind: 'Job', namespace: 'batch', name: 'nightly-sync' }],
    mustMention: [['600']],
    mustNotCode: ['job-failed'],
  },
)

const proxied = [container('work'), container('istio-proxy', { image: 'docker.io/istio/proxyv2:1.24.0' })]
writeCase(
  group,
  'job-never-completes-sidecar',
  [
    ...around,
    ...job('report', {
      containers: proxied,
      status: { active: 1, ready: 0 },
      phase: 'Running',
      statuses: [ended('work', 0), containerStatus('istio-proxy', { state: { running: { startedAt: ago(29) } } })],
    }),
  ],
  {
    verdict: 'fault',
    codes: ['job-never-completes'],
    objects: [{ kind: 'Job', namespace: 'batch', name: 'report' }],
    mustMention: [['istio-proxy']],
  },
)
writeCase(
  group,
  'job-running-lookalike',
  [
    ...around,
    ...job('report', {
      containers: proxied,
      minutesOld: 20,
      status: { active: 1, ready: 1 },
      phase: 'Running',
      statuses: [containerStatus('work'), containerStatus('istio-proxy')],
    }),
  ],
  {
    verdict: 'healthy',
    mustNotCode: ['job-never-completes'],
  },
)

const cron = (name: string, spec: Extra, status: Extra, metadata: Extra = {}): Doc =>
  obj(
    'batch/v1',
    'CronJob',
    'batch',
    name,
    {
      spec: {
        schedule: '*/10 * * * *',
        concurrencyPolicy: 'Allow',
        suspend: false,
        jobTemplate: { spec: { template: { spec: { containers: [container('work')], restartPolicy: 'Never' } } } },
        ...spec,
      },
      status,
    },
    metadata,
  )

const history = cron('cleanup', {}, { lastScheduleTime: ago(0), lastSuccessfulTime: ago(0) })
writeCase(
  group,
  'cronjob-run-before-failed-lookalike',
  [
    ...around,
    history,
    ...job('cleanup-29389900', {
      owner: history,
      minutesOld: 70,
      status: failedStatus('BackoffLimitExceeded', backoff),
      phase: 'Failed',
      statuses: [ended('work', 1)],
      log: 'ERROR boom\n',
    }),
    ...job('cleanup-29389960', {
      owner: history,
      minutesOld: 10,
      status: { succeeded: 1, completionTime: ago(9), conditions: [{ type: 'Complete', status: 'True' }] },
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['job-failed', 'app-crash', 'cronjob-not-running'] },
)
const slow = cron(
  'mirror',
  { schedule: '0 * * * *' },
  { lastScheduleTime: ago(0), lastSuccessfulTime: ago(1300), active: [{ name: 'mirror-3' }] },
)
writeCase(
  group,
  'job-never-completes-overlong',
  [
    ...around,
    slow,
    ...[1, 2].flatMap((index) =>
      job(`mirror-${index}`, {
        owner: slow,
        minutesOld: 1440 + index * 60,
        status: {
          succeeded: 1,
          startTime: ago(1440 + index * 60),
          completionTime: ago(1436 + index * 60),
          conditions: [{ type: 'Complete', status: 'True' }],
        },
      }),
    ),
    ...job('mirror-3', {
      owner: slow,
      minutesOld: 1200,
      status: { active: 1 },
      phase: 'Running',
      statuses: [containerStatus('work', { state: { running: { startedAt: ago(1200) } } })],
      log: '2026-11-19T14:00:04Z INFO waiting for the transfer slot\n',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['job-never-completes'],
    objects: [{ kind: 'CronJob', namespace: 'batch', name: 'mirror' }],
    mustMention: [['20 h']],
  },
)

// CronJobs
const suspended = cron(
  'billing-run',
  { suspend: true, schedule: '0 2 * * *' },
  { lastScheduleTime: ago(3 * 1440 + 480), lastSuccessfulTime: ago(3 * 1440 + 478) },
  { managedFields: [{ manager: 'kubectl-patch', operation: 'Update', time: ago(3 * 1440) }] },
)
const alert: Doc = {
  apiVersion: 'clusterdoctor.dev/v1alpha1',
  kind: 'Alert',
  source: 'alertmanager',
  labels: { alertname: 'CronJobNotRunning', namespace: 'batch', cronjob: 'billing-run' },
  annotations: { summary: 'batch/billing-run has not run for three days' },
  startsAt: ago(60),
}
writeCase(group, 'cronjob-suspended-plain', [...around, suspended, alert], {
  verdict: 'fault',
  codes: ['cronjob-suspended'],
  objects: [{ kind: 'CronJob', namespace: 'batch', name: 'billing-run' }],
  mustMention: [['suspended']],
  mustNotCode: ['cronjob-not-running'],
})
writeCase(group, 'cronjob-suspended-hidden', [...around, suspended], {
  verdict: 'fault',
  codes: ['cronjob-suspended'],
  objects: [{ kind: 'CronJob', namespace: 'batch', name: 'billing-run' }],
  mustMention: [['missed']],
})
writeCase(
  group,
  'cronjob-suspended-meant-lookalike',
  [
    ...around,
    cron(
      'season-sale',
      { suspend: true },
      { lastScheduleTime: ago(200 * 1440) },
      { annotations: { 'acme.example/suspended-until': '2027-06-01' } },
    ),
  ],
  { verdict: 'healthy', mustNotCode: ['cronjob-not-running'] },
)

writeCase(
  group,
  'cronjob-too-many-missed',
  [
    ...around,
    ...(() => {
      const one = cron('poll', { schedule: '* * * * *' }, { lastScheduleTime: ago(400) })
      return [
        one,
        event({
          about: one,
          reason: 'TooManyMissedTimes',
          message:
            'too many missed start times: 400. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
          count: 40,
          first: 300,
          last: 1,
          component: 'cronjob-controller',
        }),
      ]
    })(),
  ],
  {
    verdict: 'fault',
    codes: ['cronjob-not-running'],
    objects: [{ kind: 'CronJob', namespace: 'batch', name: 'poll' }],
    mustMention: [['startingDeadlineSeconds', 'missed']],
  },
)
const stuck = cron(
  'sync',
  { schedule: '*/5 * * * *', concurrencyPolicy: 'Forbid' },
  { lastScheduleTime: ago(300), active: [{ name: 'sync-1' }] },
)
writeCase(
  group,
  'cronjob-forbid-hidden',
  [
    ...around,
    stuck,
    ...job('sync-1', {
      owner: stuck,
      minutesOld: 300,
      status: { active: 1 },
      phase: 'Running',
      statuses: [containerStatus('work', { state: { running: { startedAt: ago(299) } } })],
    }),
  ],
  {
    verdict: 'fault',
    codes: ['cronjob-not-running'],
    objects: [{ kind: 'CronJob', namespace: 'batch', name: 'sync' }],
    mustMention: [['Forbid'], ['sync-1']],
  },
)
writeCase(group, 'cronjob-never-due', [...around, cron('month-end', { schedule: '0 0 31 2 *' }, {})], {
  verdict: 'fault',
  codes: ['cronjob-not-running'],
  objects: [{ kind: 'CronJob', namespace: 'batch', name: 'month-end' }],
  mustMention: [['0 0 31 2 *']],
})
writeCase(
  group,
  'cronjob-on-time-lookalike',
  [
    ...around,
    cron(
      'weekly',
      { schedule: '0 3 * * 1', timeZone: 'Europe/Berlin' },
      { lastScheduleTime: '2026-11-16T02:00:00Z', lastSuccessfulTime: '2026-11-16T02:04:00Z' },
    ),
    cron('fresh', { schedule: '0 4 1 * *' }, {}, { creationTimestamp: ago(600) }),
  ],
  { verdict: 'healthy', mustNotCode: ['cronjob-not-running', 'cronjob-suspended'] },
)
