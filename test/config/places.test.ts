import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'

const problems = (env: Readonly<Record<string, string>>) => {
  const loaded = loadConfig(env)
  return loaded.kind === 'valid' ? [] : loaded.problems.map(({ place, message }) => `${place} ${message}`)
}
const secret = 'a-secret-of-the-receiver'

it('reads the places that are set up whole', () => {
  const loaded = loadConfig({
    DOCTOR_WEBHOOK_URL: 'https://hooks.acme.dev/doctor',
    DOCTOR_WEBHOOK_SECRET: secret,
    JIRA_URL: 'https://acme.atlassian.net/',
    JIRA_EMAIL: 'bot@acme.dev',
    JIRA_TOKEN: 't',
    JIRA_PROJECT: 'OPS',
    EVIDENCE_S3_URL: 'https://s3.acme.dev/evidence/doctor',
    EVIDENCE_S3_ACCESS_KEY: 'a',
    EVIDENCE_S3_SECRET_KEY: 's',
    SMTP_URL: 'smtps://doctor:pw@mail.acme.dev',
    DOCTOR_MAIL_FROM: 'doctor@acme.dev',
    DOCTOR_MAIL_TO: 'sre@acme.dev, ana@acme.dev',
  })
  expect(loaded.kind === 'valid' && loaded.config.places).toEqual({
    webhook: { url: 'https://hooks.acme.dev/doctor', secret },
    jira: {
      url: 'https://acme.atlassian.net',
      email: 'bot@acme.dev',
      token: 't',
      project: 'OPS',
      issueType: 'Task',
      done: 'Done',
    },
    evidence: { url: 'https://s3.acme.dev/evidence/doctor', accessKey: 'a', secretKey: 's', region: 'us-east-1' },
    mail: {
      url: 'smtps://doctor:pw@mail.acme.dev',
      from: 'doctor@acme.dev',
      to: ['sre@acme.dev', 'ana@acme.dev'],
    },
  })
})

it('has none where none is set', () => {
  const loaded = loadConfig({})
  expect(loaded.kind === 'valid' && loaded.config.places).toEqual({})
})

it.each([
  [{ DOCTOR_WEBHOOK_URL: 'https://x.dev' }, 'DOCTOR_WEBHOOK_SECRET is missing'],
  [{ DOCTOR_WEBHOOK_SECRET: secret }, 'DOCTOR_WEBHOOK_URL is missing'],
  [{ DOCTOR_WEBHOOK_URL: 'https://x.dev', DOCTOR_WEBHOOK_SECRET: 'short' }, 'DOCTOR_WEBHOOK_SECRET must be'],
  [
    { JIRA_URL: 'https://x.dev', JIRA_TOKEN: 't' },
    'JIRA_PROJECT is missing; it goes together with JIRA_URL and JIRA_TOKEN',
  ],
  [{ JIRA_EMAIL: 'bot@acme.dev' }, 'JIRA_EMAIL says nothing without'],
  [{ EVIDENCE_S3_URL: 'https://s3.dev/bucket', EVIDENCE_S3_ACCESS_KEY: 'a' }, 'EVIDENCE_S3_SECRET_KEY is missing'],
  [{ EVIDENCE_S3_URL: 'https://s3.dev/' }, 'EVIDENCE_S3_URL must be'],
  [{ SMTP_URL: 'smtps://mail.dev', DOCTOR_MAIL_FROM: 'a@b.dev' }, 'DOCTOR_MAIL_TO is missing'],
  [{ SMTP_URL: 'http://mail.dev' }, 'SMTP_URL must be'],
])('names the missing half of %j', (env, expected) => {
  expect(problems(env).some((line) => line.startsWith(expected))).toBe(true)
})

it('tells nothing over plain lines in production', () => {
  const env = { DOCTOR_PROFILE: 'production', DOCTOR_WEBHOOK_URL: 'http://x.dev', DOCTOR_WEBHOOK_SECRET: secret }
  expect(problems(env).some((line) => line.startsWith('DOCTOR_WEBHOOK_URL must be a URL that begins with https'))).toBe(
    true,
  )
})
