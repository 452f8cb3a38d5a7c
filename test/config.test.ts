import { describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config.ts'

const good = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'a-signing-secret' }
const files = (contents: Record<string, string>) => (path: string) => {
  const text = contents[path]
  if (text === undefined) throw new Error(`ENOENT: ${path}`)
  return text
}
const problems = (env: Record<string, string>, contents: Record<string, string> = {}) => {
  const result = loadConfig(env, files(contents))
  return result.kind === 'invalid' ? result.problems : []
}

describe('loadConfig', () => {
  it('needs nothing: the defaults are a valid development configuration', () => {
    const result = loadConfig({}, files({}))
    expect(result).toMatchObject({
      kind: 'valid',
      config: { profile: 'development', host: '127.0.0.1', port: 3000, approvers: [], planTtlSeconds: 1800 },
    })
  })

  it('freezes what it returns, all the way down', () => {
    const result = loadConfig(good, files({}))
    if (result.kind !== 'valid') throw new Error('expected a valid configuration')
    expect(Object.isFrozen(result.config)).toBe(true)
    expect(Object.isFrozen(result.config.slack)).toBe(true)
    expect(Object.isFrozen(result.config.approvers)).toBe(true)
  })

  it('chooses Socket Mode when there is an app token', () => {
    const result = loadConfig({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }, files({}))
    expect(result).toMatchObject({ kind: 'valid', config: { slack: { mode: 'socket' } } })
  })

  it('reads secrets from files and doctor.yaml, the environment winning', () => {
    const env = { DOCTOR_CONFIG: 'doctor.yaml', SLACK_BOT_TOKEN_FILE: '/s/bot', PORT: '4000' }
    const yaml =
      'PORT: 5000\nSLACK_SIGNING_SECRET: from-the-file\nDOCTOR_APPROVERS: [U0ANA, S0ONCALL]\nroutes:\n  - namespace: payments\n    channel: C0PAY\n'
    const result = loadConfig(env, files({ 'doctor.yaml': yaml, '/s/bot': 'xoxb-file\n' }))
    expect(result).toMatchObject({
      kind: 'valid',
      config: {
        port: 4000,
        slack: { botToken: 'xoxb-file', signingSecret: 'from-the-file' },
        approvers: ['U0ANA', 'S0ONCALL'],
        routes: [{ namespace: 'payments', channel: 'C0PAY' }],
      },
    })
  })

  it('reads who people are on the clusters, and takes no half entry', () => {
    const read = (yaml: string) => loadConfig({ DOCTOR_CONFIG: 'doctor.yaml' }, files({ 'doctor.yaml': yaml }))
    expect(read('people:\n  - { slack: U0ANA, user: ana@acme.dev, groups: [sre] }\n')).toMatchObject({
      config: { people: [{ slack: 'U0ANA', user: 'ana@acme.dev', groups: ['sre'] }] },
    })
    for (const entry of [
      '{ slack: ana, user: a }',
      '{ slack: U0ANA }',
      '{ slack: U0ANA, user: a, group: [sre] }',
      'U0ANA',
    ])
      expect(read(`people: [${entry}]`), entry).toMatchObject({ problems: [{ place: 'doctor.yaml: people[0]' }] })
    expect(read('people: [{ slack: U0A1, user: a }, { slack: U0A1, user: b }]')).toMatchObject({ kind: 'invalid' })
  })

  it('lists all problems at once', () => {
    const found = problems({ PORT: 'abc', DOCTOR_PLAN_TTL: '5', DOCTOR_REPORT_AT: '25:00', LOG_LEVEL: 'loud' })
    expect(found.map((problem) => problem.place).sort()).toEqual([
      'DOCTOR_PLAN_TTL',
      'DOCTOR_REPORT_AT',
      'LOG_LEVEL',
      'PORT',
    ])
  })

  it.each<[string, Record<string, string>, string]>([
    ['an empty secret', { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: '' }, 'SLACK_SIGNING_SECRET'],
    ['a secret of white space', { ...good, GITHUB_TOKEN: '   ' }, 'GITHUB_TOKEN'],
    ['a quoted secret', { ...good, PAGERDUTY_TOKEN: '"abc"' }, 'PAGERDUTY_TOKEN'],
    ['an app token as bot token', { SLACK_BOT_TOKEN: 'xapp-1' }, 'SLACK_BOT_TOKEN'],
    ['a bot token as app token', { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xoxb-2' }, 'SLACK_APP_TOKEN'],
    ['a bot token alone', { SLACK_BOT_TOKEN: 'xoxb-1' }, 'SLACK_SIGNING_SECRET'],
    ['a signing secret alone', { SLACK_SIGNING_SECRET: 'a-signing-secret' }, 'SLACK_BOT_TOKEN'],
    ['a channel name', { ...good, SLACK_CHANNEL: '#oncall' }, 'SLACK_CHANNEL'],
    ['a port out of range', { PORT: '70000' }, 'PORT'],
    ['a negative port', { PORT: '-1' }, 'PORT'],
    ['a bare number as duration', { DOCTOR_PLAN_TTL: '5' }, 'DOCTOR_PLAN_TTL'],
    ['a plan life over 30 minutes', { DOCTOR_PLAN_TTL: '2h' }, 'DOCTOR_PLAN_TTL'],
    ['a plan life of nothing', { DOCTOR_PLAN_TTL: '0s' }, 'DOCTOR_PLAN_TTL'],
    ['an absurd debounce', { DOCTOR_DEBOUNCE: '99h' }, 'DOCTOR_DEBOUNCE'],
    ['a Redis URL with another scheme', { REDIS_URL: 'http://x:6379' }, 'REDIS_URL'],
    ['a Redis URL with a bad database', { REDIS_URL: 'redis://x:6379/nine' }, 'REDIS_URL'],
    ['an open Redis in production', { DOCTOR_PROFILE: 'production', REDIS_URL: 'redis://redis:6379' }, 'REDIS_URL'],
    [
      'plain http to OPA in production',
      { ...good, DOCTOR_PROFILE: 'production', OPA_URL: 'http://opa:8181' },
      'OPA_URL',
    ],
    [
      'plain http to Slack in production',
      { ...good, DOCTOR_PROFILE: 'production', SLACK_API_URL: 'http://slack.test/api' },
      'SLACK_API_URL',
    ],
    ['an unknown profile', { DOCTOR_PROFILE: 'prod' }, 'DOCTOR_PROFILE'],
    ['approvers by name', { DOCTOR_APPROVERS: 'ana' }, 'DOCTOR_APPROVERS'],
    ['approvers twice', { DOCTOR_APPROVERS: 'U0ANA,U0ANA' }, 'DOCTOR_APPROVERS'],
    ['half a GitHub App', { GITHUB_APP_ID: '12' }, 'GITHUB_APP_ID'],
    ['two GitHub identities', { GITHUB_TOKEN: 't', GITHUB_APP_ID: '12', GITHUB_PRIVATE_KEY: 'k' }, 'GITHUB_TOKEN'],
    ['half an Azure model', { AZURE_OPENAI_API_KEY: 'k' }, 'AZURE_OPENAI_ENDPOINT'],
    [
      'a model over plain http in production',
      { ...good, DOCTOR_PROFILE: 'production', ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://gateway' },
      'ANTHROPIC_BASE_URL',
    ],
    ['a model price that is none', { ANTHROPIC_API_KEY: 'k', DOCTOR_MODEL_PRICE: 'cheap' }, 'DOCTOR_MODEL_PRICE'],
    [
      'a budget of dollars without a price',
      { ANTHROPIC_API_KEY: 'k', DOCTOR_MODEL_DAILY_USD: '5' },
      'DOCTOR_MODEL_DAILY_USD',
    ],
    ['a time that is none', { DOCTOR_REPORT_AT: '9am' }, 'DOCTOR_REPORT_AT'],
    ['a time zone that is none', { DOCTOR_TIMEZONE: 'Mars/Olympus' }, 'DOCTOR_TIMEZONE'],
    ['an OPA address without scheme', { OPA_URL: 'opa:8181' }, 'OPA_URL'],
    ['a Prometheus address that is none', { PROMETHEUS_URL: 'prometheus' }, 'PROMETHEUS_URL'],
    ['a secret set twice', { ...good, GITHUB_TOKEN: 't', GITHUB_TOKEN_FILE: '/f' }, 'GITHUB_TOKEN'],
    ['a secret file that is not there', { ...good, GITHUB_TOKEN_FILE: '/nowhere' }, 'GITHUB_TOKEN_FILE'],
    ['a sender that is no address', { PAGERDUTY_FROM: 'ana' }, 'PAGERDUTY_FROM'],
    ['a doctor.yaml that is not there', { DOCTOR_CONFIG: '/nowhere.yaml' }, '/nowhere.yaml'],
  ])('names %s', (_, env, place) => {
    expect(problems(env).map((problem) => problem.place)).toContain(place)
  })

  it.each([
    ['an unknown key, with a hint', 'port: 3\n', 'd.yaml: port', 'did you mean PORT?'],
    ['a duplicate key, with its line', 'PORT: 1\nPORT: 2\n', 'd.yaml:2', ''],
    ['a list where a mapping is due', '- a\n', 'd.yaml', 'mapping'],
    ['a tab', 'PORT:\n\t- 3\n', 'd.yaml:2', ''],
    ['a route without channel', 'routes:\n  - namespace: a\n', 'd.yaml: routes[0].channel', 'channel id'],
  ])('names %s in doctor.yaml', (_, yaml, place, hint) => {
    const found = problems({ DOCTOR_CONFIG: 'd.yaml' }, { 'd.yaml': yaml })
    expect(found.map((problem) => problem.place)).toContain(place)
    expect(found.map((problem) => problem.message).join('\n')).toContain(hint)
  })

  it('never prints a secret', () => {
    const secret = 'hunter2-very-secret'
    const found = problems({
      SLACK_BOT_TOKEN: secret,
      GITHUB_TOKEN: ` ${secret}`,
      REDIS_URL: `http://:${secret}@x`,
      SLACK_APP_TOKEN: secret,
    })
    expect(found.length).toBeGreaterThan(2)
    expect(JSON.stringify(found)).not.toContain(secret)
  })
})
