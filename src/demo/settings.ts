import { writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Config, loadConfig } from '../config.ts'
import type { ClusterUser, SimulatedCluster } from './cluster/start.ts'
import { repository } from './git/start.ts'

/** Secrets between the demo's systems and the app. They open nothing outside of this machine. */
export const secrets = {
  pagerdutyToken: 'u+local-pagerduty-token',
  pagerdutyWebhook: 'local-pagerduty-webhook-secret',
  alertmanager: 'local-alertmanager-bearer-token',
  githubWebhook: 'local-github-webhook-secret',
} as const

/** Who may approve in the demo: the on-call group, as in the seed of the local Slack. */
export const approvers = 'S0ONCALL'

/** Where the systems are that the app is told of. */
export type Surroundings = {
  readonly folder: string
  readonly port: number
  readonly clusters: readonly SimulatedCluster[]
  readonly slack: { readonly apiUrl: string; readonly botToken: string; readonly signingSecret: string }
  readonly github: { readonly url: string; readonly token: string }
  readonly pagerduty: { readonly url: string }
  readonly logLevel: string
}

/** A model that this machine has a key for; the demo needs none. */
const modelHere = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /^(ANTHROPIC_|AZURE_OPENAI_|DOCTOR_MODEL)/.test(name)))

/** The app's configuration: an environment and a doctor.yaml as an operator would write them, read by the same loader. */
export const demoConfig = (around: Surroundings): Config => {
  const { folder, clusters, slack, github, pagerduty } = around
  const file = join(folder, 'doctor.yaml')
  writeFileSync(file, routes)
  const loaded = loadConfig({
    DOCTOR_CONFIG: file,
    HOST: '127.0.0.1',
    PORT: String(around.port),
    LOG_LEVEL: around.logLevel,
    DOCTOR_DATA_DIR: join(folder, 'data'),
    KUBECONFIG: kubeconfigs(folder, clusters, 'reader'),
    DOCTOR_WRITER_KUBECONFIG: kubeconfigs(folder, clusters, 'writer'),
    DOCTOR_CONTEXTS: clusters.map((cluster) => cluster.name).join(','),
    DOCTOR_APPROVERS: approvers,
    DOCTOR_PLAN_TTL: '30m',
    // Nobody watches a demo for five minutes.
    DOCTOR_AFTER_DEPLOY: '1m',
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_CHANNEL: 'C0ONCALL',
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: github.token,
    GITHUB_REPOSITORIES: repository,
    GITHUB_WEBHOOK_SECRET: secrets.githubWebhook,
    PAGERDUTY_API_URL: pagerduty.url,
    PAGERDUTY_TOKEN: secrets.pagerdutyToken,
    PAGERDUTY_WEBHOOK_SECRET: secrets.pagerdutyWebhook,
    PAGERDUTY_FROM: 'doctor@acme.example',
    ALERTMANAGER_WEBHOOK_TOKEN: secrets.alertmanager,
    ...modelHere(process.env),
  })
  if (loaded.kind === 'valid') return loaded.config
  throw new Error(loaded.problems.map(({ place, message }) => `${place} ${message}`).join('; '))
}

const routes = `# Which channel hears of which namespace; what no route names goes to SLACK_CHANNEL.
routes:
  - { cluster: staging-eu1, channel: C0PLATFORM }
`

/** One kubeconfig for each cluster and user, as a path list: the reader's and the writer's credentials never share a file. */
const kubeconfigs = (folder: string, clusters: readonly SimulatedCluster[], user: ClusterUser): string =>
  clusters
    .map((cluster) => {
      const path = join(folder, `${cluster.name}-${user}.kubeconfig`)
      writeFileSync(path, cluster.kubeconfig(user), { mode: 0o600 })
      return path
    })
    .join(delimiter)
