import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import {
  ago,
  condition,
  container,
  containerLog,
  containerStatus,
  type Doc,
  days,
  deployment,
  namespace,
  now,
  obj,
  pod,
} from './objects.ts'

const ns = 'shop'
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase('delivery', id, [...neighbours(), namespace(ns), ...docs], expected)
const web = (ready = true): readonly Doc[] =>
  deployment({
    namespace: ns,
    name: 'web',
    ready,
    minutesOld: ready ? days(3) : 40,
    containers: [container('web')],
    metadata: {
      labels: { app: 'web', 'app.kubernetes.io/instance': 'web', 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        'meta.helm.sh/release-name': 'web',
        'meta.helm.sh/release-namespace': ns,
        'deployment.kubernetes.io/revision': '1',
      },
    },
    ...(ready
      ? {}
      : {
          pod: {
            phase: 'Pending',
            containerStatuses: [
              containerStatus('web', {
                ready: false,
                started: false,
                state: {
                  waiting: {
                    reason: 'ImagePullBackOff',
                    message:
                      'Back-off pulling image "registry.example.com/web:9.9.9": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.com/web:9.9.9": not found',
                  },
                },
              }),
            ],
          },
        }),
  })

const argo = (): void => {
  const revision = '3f9c2b7d0a1e4c5b6a7d8e9f00112233aabbccdd'
  type App = {
    readonly target?: string
    readonly sync?: string
    readonly health?: string
    readonly operation?: object
    readonly conditions?: readonly Doc[]
    readonly resources?: readonly object[]
    readonly policy?: object
    readonly source?: object
  }
  const application = (o: App): Doc =>
    obj('argoproj.io/v1alpha1', 'Application', 'argocd', 'shop', {
      spec: {
        project: 'default',
        destination: { server: 'https://kubernetes.default.svc', namespace: ns },
        source: {
          repoURL: 'https://git.example.com/acme/deploy.git',
          path: 'apps/shop',
          targetRevision: 'main',
          ...o.source,
        },
        ...(o.policy === undefined ? {} : { syncPolicy: o.policy }),
      },
      status: {
        sync: { status: o.sync ?? 'Synced', revision: o.target ?? revision },
        health: { status: o.health ?? 'Healthy' },
        ...(o.operation === undefined ? {} : { operationState: o.operation }),
        ...(o.conditions === undefined ? {} : { conditions: o.conditions }),
        resources: o.resources ?? [],
      },
    })
  const done = (phase: string, message: string, minutes: number, resources: readonly object[] = []) => ({
    phase,
    message,
    startedAt: ago(minutes + 1),
    finishedAt: ago(minutes),
    operation: { sync: { revision } },
    syncResult: { revision, resources },
  })
  const object = [{ kind: 'Application', namespace: 'argocd', name: 'shop' }]
  const deploymentOf = (extra: object) => ({
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    namespace: ns,
    name: 'web',
    ...extra,
  })
  const immutable =
    'Deployment.apps "web" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"web2"}}: field is immutable'
  write(
    'argocd-sync-immutable-plain',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'OutOfSync',
        operation: done('Failed', `one or more objects failed to apply, reason: ${immutable}`, 25, [
          deploymentOf({ status: 'SyncFailed', message: immutable }),
        ]),
        resources: [deploymentOf({ status: 'OutOfSync' })],
      }),
    ],
    { verdict: 'fault', codes: ['argocd-sync-failed'], objects: object, mustMention: [['immutable'], ['web']] },
  )
  write(
    'argocd-sync-project-hidden',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'OutOfSync',
        health: 'Missing',
        operation: done('Error', 'ComparisonError: one or more synchronization tasks are not valid', 25, [
          {
            group: 'monitoring.coreos.com',
            version: 'v1',
            kind: 'ServiceMonitor',
            namespace: ns,
            name: 'web',
            status: 'SyncFailed',
            message:
              'the server could not find the requested resource: no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1": ensure CRDs are installed first',
          },
        ]),
        resources: [
          {
            group: 'monitoring.coreos.com',
            version: 'v1',
            kind: 'ServiceMonitor',
            namespace: ns,
            name: 'web',
            status: 'OutOfSync',
            health: { status: 'Missing' },
          },
        ],
      }),
    ],
    {
      verdict: 'fault',
      codes: ['argocd-sync-failed', 'api-removed'],
      objects: object,
      mustMention: [['ServiceMonitor'], ['CRD']],
    },
  )
  write(
    'argocd-sync-recovered-lookalike',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'Synced',
        operation: done('Failed', 'one or more objects failed to apply, reason: context deadline exceeded', 600),
        resources: [deploymentOf({ status: 'Synced', health: { status: 'Healthy' } })],
      }),
    ],
    { verdict: 'healthy', mustNotCode: ['argocd-sync-failed', 'argocd-out-of-sync'] },
  )
  const job = obj(
    'batch/v1',
    'Job',
    ns,
    'migrate',
    {
      spec: {
        backoffLimit: 0,
        completions: 1,
        parallelism: 1,
        template: {
          metadata: { labels: { 'job-name': 'migrate' } },
          spec: { restartPolicy: 'Never', containers: [container('migrate', { args: ['migrate', 'up'] })] },
        },
      },
      status: {
        failed: 1,
        startTime: ago(28),
        conditions: [
          condition('Failed', 'True', {
            reason: 'BackoffLimitExceeded',
            message: 'Job has reached the specified backoff limit',
            lastTransitionTime: ago(26),
          }),
        ],
      },
    },
    { creationTimestamp: ago(28), annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
  )
  const jobPod = pod({
    namespace: ns,
    name: 'migrate-x7k2p',
    owner: job,
    phase: 'Failed',
    ready: false,
    minutesOld: 28,
    labels: { 'job-name': 'migrate' },
    containers: [container('migrate', { args: ['migrate', 'up'] })],
    spec: { restartPolicy: 'Never' },
    containerStatuses: [
      containerStatus('migrate', {
        ready: false,
        started: false,
        state: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(28), finishedAt: ago(27) } },
      }),
    ],
  })
  write(
    'argocd-sync-hook-job-hidden',
    [
      namespace('argocd'),
      ...web(),
      job,
      jobPod,
      containerLog(
        jobPod,
        'migrate',
        'migrate: applying 0042_add_index\nerror: environment variable DATABASE_URL is not set\n',
      ),
      application({
        sync: 'OutOfSync',
        operation: done('Failed', 'one or more synchronization tasks completed unsuccessfully', 26, [
          {
            group: 'batch',
            version: 'v1',
            kind: 'Job',
            namespace: ns,
            name: 'migrate',
            hookType: 'PreSync',
            hookPhase: 'Failed',
            syncPhase: 'PreSync',
            message: 'Job has reached the specified backoff limit',
          },
        ]),
        resources: [deploymentOf({ status: 'OutOfSync' })],
      }),
    ],
    {
      verdict: 'fault',
      question: 'sync of shop fails',
      codes: ['app-config-invalid', 'job-failed'],
      objects: [{ kind: 'Job', namespace: ns, name: 'migrate' }],
      mustMention: [['DATABASE_URL']],
      mustNotCode: ['argocd-sync-failed'],
    },
  )
  const compare = (message: string) => [condition('ComparisonError', 'True', { message, lastTransitionTime: ago(60) })]
  write(
    'argocd-comparison-path-plain',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'Unknown',
        conditions: compare(
          'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = apps/shop: app path does not exist',
        ),
      }),
    ],
    { verdict: 'fault', codes: ['argocd-comparison-error'], objects: object, mustMention: [['path does not exist']] },
  )
  write(
    'argocd-comparison-cluster-hidden',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'Unknown',
        health: 'Unknown',
        conditions: [
          condition('InvalidSpecError', 'True', {
            message:
              "application destination can't have both name and server defined: unable to find destination server: there are no clusters with this name: prod-eu2",
            lastTransitionTime: ago(60),
          }),
        ],
      }),
    ],
    {
      verdict: 'fault',
      question: 'shop shows Unknown in Argo CD',
      codes: ['argocd-comparison-error'],
      objects: object,
      mustMention: [['prod-eu2']],
    },
  )
  write(
    'argocd-warning-lookalike',
    [
      namespace('argocd'),
      ...web(),
      application({
        conditions: [condition('OrphanedResourceWarning', 'True', { message: 'Application has 2 orphaned resources' })],
        operation: done('Succeeded', 'successfully synced (all tasks run)', 900),
      }),
    ],
    { verdict: 'healthy', mustNotCode: ['argocd-comparison-error', 'argocd-sync-failed'] },
  )
  write(
    'argocd-out-of-sync-drift-plain',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'OutOfSync',
        policy: { automated: { prune: true } },
        operation: done('Succeeded', 'successfully synced (all tasks run)', 120),
        resources: [deploymentOf({ status: 'OutOfSync', health: { status: 'Healthy' } })],
      }),
    ],
    { verdict: 'fault', codes: ['argocd-out-of-sync'], objects: object, mustMention: [['web'], ['self-heal']] },
  )
  write(
    'argocd-out-of-sync-fight-hidden',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'OutOfSync',
        health: 'Progressing',
        policy: { automated: { selfHeal: true } },
        operation: done('Succeeded', 'successfully synced (all tasks run)', 7),
        resources: [deploymentOf({ status: 'OutOfSync' })],
      }),
    ],
    {
      verdict: 'fault',
      question: 'shop flaps between Synced and OutOfSync',
      codes: ['argocd-out-of-sync'],
      objects: object,
    },
  )
  write(
    'argocd-manual-sync-lookalike',
    [
      namespace('argocd'),
      ...web(),
      application({
        sync: 'OutOfSync',
        // A newer revision that waits for a person; one that differs from what was applied is drift.
        target: '9d1e0c4b5a6f7e8d9c0b1a2f3e4d5c6b7a8f9e0d',
        operation: done('Succeeded', 'successfully synced (all tasks run)', 900),
        resources: [deploymentOf({ status: 'OutOfSync', health: { status: 'Healthy' } })],
      }),
    ],
    { verdict: 'healthy', mustNotCode: ['argocd-out-of-sync'] },
  )
}

const helm = (): void => {
  const record = (version: number, status: string, minutes: number): Doc =>
    obj(
      'v1',
      'Secret',
      ns,
      `sh.helm.release.v1.web.v${version}`,
      { type: 'helm.sh/release.v1', data: { release: 'SDRzSUFB' } },
      {
        creationTimestamp: ago(minutes),
        labels: {
          owner: 'helm',
          name: 'web',
          status,
          version: String(version),
          modifiedAt: String(Math.floor((Date.parse(now) - minutes * 60_000) / 1000)),
        },
      },
    )
  const object = [{ kind: 'HelmRelease', namespace: ns, name: 'web' }]
  write('helm-release-failed-plain', [...web(), record(6, 'deployed', days(2)), record(7, 'failed', 55)], {
    verdict: 'fault',
    codes: ['helm-release-failed'],
    objects: object,
    mustMention: [['7'], ['rollback']],
  })
  write(
    'helm-release-failed-by-image-hidden',
    [...web(false), record(6, 'superseded', days(2)), record(7, 'failed', 30)],
    {
      verdict: 'fault',
      question: 'helm upgrade of web failed',
      codes: ['image-not-found'],
      objects: [{ kind: 'Deployment', namespace: ns, name: 'web' }],
      mustNotCode: ['helm-release-failed'],
    },
  )
  write(
    'helm-release-recovered-lookalike',
    [...web(), record(6, 'superseded', days(2)), record(7, 'failed', 90), record(8, 'deployed', 60)],
    { verdict: 'healthy', mustNotCode: ['helm-release-failed', 'helm-release-pending'] },
  )
  write('helm-release-pending-plain', [...web(), record(6, 'deployed', days(2)), record(7, 'pending-upgrade', 95)], {
    verdict: 'fault',
    codes: ['helm-release-pending'],
    objects: object,
    mustMention: [['pending-upgrade']],
  })
  const run = {
    apiVersion: 'clusterdoctor.dev/v1alpha1',
    kind: 'WorkflowRun',
    repository: 'acme/shop',
    workflow: 'deploy.yml',
    conclusion: 'failure',
    headSha: 'abc1234def',
    startedAt: ago(20),
    failedSteps: [
      {
        job: 'deploy',
        step: 'helm upgrade',
        log: 'helm upgrade web ./chart -n shop\nError: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress\n##[error]Process completed with exit code 1.',
      },
    ],
  }
  write(
    'helm-release-pending-workflow-hidden',
    [...web(), record(6, 'deployed', days(2)), record(7, 'pending-upgrade', 95), run],
    { verdict: 'fault', question: 'the deployment of shop fails', codes: ['helm-release-pending'], objects: object },
  )
  write(
    'helm-release-in-progress-lookalike',
    [...web(), record(6, 'deployed', days(2)), record(7, 'pending-upgrade', 2)],
    { verdict: 'healthy', mustNotCode: ['helm-release-pending'] },
  )
}

const flux = (): void => {
  const flux = 'flux-system'
  const ready = (status: string, reason: string, message: string, minutes = 50) => ({
    conditions: [
      condition('Ready', status, { reason, message, lastTransitionTime: ago(minutes), observedGeneration: 1 }),
    ],
    observedGeneration: 1,
  })
  const source = (status: object) =>
    obj('source.toolkit.fluxcd.io/v1', 'GitRepository', flux, 'deploy', {
      spec: { url: 'ssh://git@git.example.com/acme/deploy', ref: { branch: 'main' }, interval: '1m' },
      status,
    })
  const goodSource = source(ready('True', 'Succeeded', "stored artifact for revision 'main@sha1:3f9c2b7d'"))
  const kustomization = (name: string, status: object, spec: object = {}) =>
    obj('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', flux, name, {
      spec: { path: './apps', interval: '10m', sourceRef: { kind: 'GitRepository', name: 'deploy' }, ...spec },
      status,
    })
  const broken = kustomization(
    'apps',
    ready(
      'False',
      'BuildFailed',
      "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'shop': open /tmp/kustomization/apps/shop: no such file or directory'",
    ),
  )
  write('flux-kustomization-build-plain', [namespace(flux), goodSource, broken], {
    verdict: 'fault',
    codes: ['flux-reconcile-failed'],
    objects: [{ kind: 'Kustomization', namespace: flux, name: 'apps' }],
    mustMention: [['kustomize build failed']],
  })
  write(
    'flux-source-auth-hidden',
    [
      namespace(flux),
      source(
        ready(
          'False',
          'GitOperationFailed',
          "failed to checkout and determine revision: unable to clone 'ssh://git@git.example.com/acme/deploy': ssh: handshake failed: ssh: unable to authenticate",
        ),
      ),
      kustomization('infra', ready('False', 'ArtifactFailed', 'Source artifact not found, retrying in 30s')),
      kustomization('apps', ready('False', 'DependencyNotReady', "dependency 'flux-system/infra' is not ready"), {
        dependsOn: [{ name: 'infra' }],
      }),
    ],
    {
      verdict: 'fault',
      question: 'nothing is delivered any more',
      codes: ['flux-reconcile-failed'],
      objects: [{ kind: 'GitRepository', namespace: flux, name: 'deploy' }],
      mustMention: [['authenticate']],
    },
  )
  write(
    'flux-suspended-lookalike',
    [
      namespace(flux),
      goodSource,
      kustomization('apps', ready('False', 'BuildFailed', 'kustomize build failed', days(3)), { suspend: true }),
      kustomization('infra', ready('False', 'Progressing', 'Reconciliation in progress', 1)),
      kustomization('base', ready('True', 'ReconciliationSucceeded', 'Applied revision: main@sha1:3f9c2b7d')),
    ],
    { verdict: 'healthy', mustNotCode: ['flux-reconcile-failed'] },
  )
  const release = obj('helm.toolkit.fluxcd.io/v2', 'HelmRelease', ns, 'web', {
    spec: {
      chart: {
        spec: { chart: 'web', version: '9.x', sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: flux } },
      },
    },
    status: ready(
      'False',
      'InstallFailed',
      'Helm install failed for release shop/web with chart web@9.0.0: context deadline exceeded: waiting for Deployment/shop/web status InProgress',
    ),
  })
  write('flux-helm-release-by-image-hidden', [namespace(flux), ...web(false), release], {
    verdict: 'fault',
    question: 'HelmRelease web fails',
    codes: ['image-not-found'],
    objects: [{ kind: 'Deployment', namespace: ns, name: 'web' }],
  })
}

const workflows = (): void => {
  const run = (extra: object): Doc => ({
    apiVersion: 'clusterdoctor.dev/v1alpha1',
    kind: 'WorkflowRun',
    repository: 'acme/shop',
    workflow: 'ci.yml',
    conclusion: 'failure',
    headSha: 'abc1234def',
    startedAt: ago(30),
    failedSteps: [],
    ...extra,
  })
  const failing = run({
    failedSteps: [
      {
        job: 'test',
        step: 'Run unit tests',
        log: '2026-11-20T09:31:00.1Z > vitest run\n2026-11-20T09:31:09.1Z  FAIL  test/cart.test.ts > adds an item\n2026-11-20T09:31:09.2Z AssertionError: expected 2 to be 3\n2026-11-20T09:31:10.0Z Tests  1 failed | 41 passed\n2026-11-20T09:31:10.1Z ##[error]Process completed with exit code 1.',
      },
    ],
  })
  const object = [{ kind: 'WorkflowRun', name: 'acme/shop/ci.yml' }]
  write('workflow-tests-plain', [failing], {
    verdict: 'fault',
    codes: ['workflow-failed'],
    objects: object,
    mustMention: [['test'], ['1 failed', 'AssertionError']],
  })
  const denied = run({
    workflow: 'release.yml',
    failedSteps: [
      {
        job: 'image',
        step: 'Push image',
        log: '#12 pushing layers\nERROR: failed to push ghcr.example.com/acme/shop:1.4: denied: permission_denied: write_package\n##[error]buildx failed',
      },
    ],
  })
  write('workflow-registry-hidden', [...web(), denied, run({ conclusion: 'success', startedAt: ago(25) })], {
    verdict: 'fault',
    question: 'release of acme/shop failed',
    codes: ['workflow-failed'],
    objects: [{ kind: 'WorkflowRun', name: 'acme/shop/release.yml' }],
    mustMention: [['registry'], ['permission_denied']],
  })
  write(
    'workflow-mended-lookalike',
    [
      failing,
      run({ conclusion: 'success', startedAt: ago(10), headSha: 'fed4321' }),
      run({ workflow: 'nightly.yml', conclusion: 'cancelled' }),
    ],
    { verdict: 'healthy', mustNotCode: ['workflow-failed'] },
  )
}

argo()
helm()
flux()
workflows()
