import { loadConfig } from '../../src/config.ts'
import { nodeProblem } from '../../src/main/node-version.ts'
import { each, first, words } from './judge.ts'
import type { Group } from './site.ts'

const good = {
  SLACK_BOT_TOKEN: 'xoxb-1-2-abcdefgh',
  SLACK_SIGNING_SECRET: '0123456789abcdef',
  SLACK_CHANNEL: 'C0ONCALL',
}

const settings: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['an empty signing secret', { SLACK_SIGNING_SECRET: '' }],
  ['a signing secret of white space', { SLACK_SIGNING_SECRET: '   ' }],
  ['a signing secret in quotes', { SLACK_SIGNING_SECRET: '"0123456789abcdef"' }],
  ['a signing secret with a space at its end', { SLACK_SIGNING_SECRET: '0123456789abcdef ' }],
  ['an app token as the bot’s', { SLACK_BOT_TOKEN: 'xapp-1-A-abcdefgh' }],
  ['a bot token as the app’s', { SLACK_APP_TOKEN: 'xoxb-1-2-abcdefgh' }],
  ['a user token', { SLACK_BOT_TOKEN: 'xoxp-1-2-abcdefgh' }],
  ['a channel by its name', { SLACK_CHANNEL: '#oncall' }],
  ['a Redis URL with a bare %', { REDIS_URL: 'redis://:pa%ss@' }],
  ['a Redis URL of http', { REDIS_URL: 'http://redis:6379' }],
  ['a database that is none', { REDIS_URL: 'redis://redis:6379/ninety' }],
  ['PORT abc', { PORT: 'abc' }],
  ['PORT 70000', { PORT: '70000' }],
  ['PORT -1', { PORT: '-1' }],
  ['PORT 3000.5', { PORT: '3000.5' }],
  ['a duration without its unit', { DOCTOR_PLAN_TTL: '5' }],
  ['a duration of nothing', { DOCTOR_PLAN_TTL: '0m' }],
  ['a negative duration', { DOCTOR_PLAN_TTL: '-5m' }],
  ['a duration of years', { DOCTOR_PLAN_TTL: '99999h' }],
  ['plain http to Slack in production', { DOCTOR_PROFILE: 'production', SLACK_API_URL: 'http://slack.example/api' }],
  ['Redis without TLS or password in production', { DOCTOR_PROFILE: 'production', REDIS_URL: 'redis://redis:6379' }],
  ['a profile that is none', { DOCTOR_PROFILE: 'prod' }],
  ['approvers by name', { DOCTOR_APPROVERS: 'ana,dan' }],
  ['an approver with an @', { DOCTOR_APPROVERS: '@U0ANA' }],
  ['a time of day that is none', { DOCTOR_REPORT_AT: '25:00' }],
  ['a time zone that is none', { DOCTOR_TIMEZONE: 'Mars/Olympus' }],
  ['a log level that is none', { LOG_LEVEL: 'loud' }],
  ['half a GitHub App', { GITHUB_APP_ID: '7' }],
  ['a token and a GitHub App', { GITHUB_TOKEN: 'ghp_x', GITHUB_APP_ID: '7', GITHUB_PRIVATE_KEY: 'x' }],
  ['a seal key that is too short', { DOCTOR_SEAL_KEY: 'abcd' }],
  ['a secret and its file', { SLACK_BOT_TOKEN: 'xoxb-1-2-abcdefgh', SLACK_BOT_TOKEN_FILE: '/x' }],
  ['a file that is not there', { GITHUB_TOKEN_FILE: '/nowhere/token' }],
  ['a URL that is none', { PROMETHEUS_URL: 'prometheus' }],
  ['a secret of Slack without its token', { SLACK_BOT_TOKEN: '' }],
]

const documents: readonly (readonly [string, string])[] = [
  ['an unknown key', 'SLACK_CHANEL: C0ONCALL\n'],
  ['a key twice', 'PORT: 1\nPORT: 2\n'],
  ['a list', '- a\n'],
  ['not YAML', '{{{'],
  ['a route without a channel', 'routes:\n  - namespace: a\n'],
  ['a route with a field too many', 'routes:\n  - channel: C0ONCALL\n    approvers: U0ANA\n'],
  ['routes that are no list', 'routes: 5\n'],
  ['an object as a value', 'PORT: { a: 1 }\n'],
  [
    'a bomb of aliases',
    `a: &a [x, x]\n${'bcdefghij'
      .split('')
      .map((name, n) => `${name}: &${name} [*${'abcdefghi'[n]}, *${'abcdefghi'[n]}]`)
      .join('\n')}\n`,
  ],
]

const judged = (env: Readonly<Record<string, string>>, file?: string): string | undefined => {
  const result = loadConfig(file === undefined ? env : { ...env, DOCTOR_CONFIG: 'doctor.yaml' }, (path) => {
    if (path === 'doctor.yaml' && file !== undefined) return file
    throw new Error('ENOENT')
  })
  if (result.kind === 'valid') return 'it is taken'
  const said = result.problems.map(({ place, message }) => `${place} ${message}`).join('\n')
  const leaked = Object.entries(env).find(
    ([name, value]) => /TOKEN|SECRET|KEY/.test(name) && value.length > 8 && said.includes(value),
  )
  return first(words(said), leaked === undefined ? undefined : `it tells ${leaked[0]}`)
}

/** Group 68: settings. */
export const configGroups: readonly Group[] = [
  {
    number: 68,
    name: 'settings',
    tries: [
      {
        what: 'good ones, so that the others are bad for what they are',
        run: async () => (loadConfig(good).kind === 'valid' ? undefined : 'refused'),
      },
      ...each(settings, async (env) => judged({ ...good, ...env })),
      ...each(documents, async (text) => judged(good, text)),
      {
        what: 'all at once',
        run: async () => {
          const result = loadConfig({ ...good, PORT: 'abc', LOG_LEVEL: 'loud', DOCTOR_TIMEZONE: 'x' })
          return result.kind === 'invalid' && result.problems.length === 3 ? undefined : JSON.stringify(result)
        },
      },
      ...['20.19.0', '18.0.0', '22.17.9'].map((version) => ({
        what: `Node ${version}`,
        run: async () => (nodeProblem(version) === undefined ? 'it is taken' : words(nodeProblem(version) ?? '')),
      })),
    ],
  },
]
