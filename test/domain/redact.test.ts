import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact, redactNamed } from '../../src/domain/redact.ts'

// Put together at run time, so that no scanner takes this file for a leak.
const token = (head: string, length: number): string =>
  head + 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z'.repeat(5).slice(0, length)
const upper = (head: string): string => `${head}ABCDEFGH23456789`
const jwt = `eyJhbGciOiJSUzI1NiJ9.${token('eyJpc3MiOiJ', 40)}.${token('a-_', 60)}`
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const pem = (newline: string): string =>
  ['-----BEGIN RSA PRIVATE KEY-----', token('MIIE', 64), token('b', 64), '-----END RSA PRIVATE KEY-----'].join(newline)

/** The text, what must not leave, and the class that must be named. */
const secrets: readonly (readonly [string, string, string])[] = [
  [`key ${upper('AKIA')} used`, upper('AKIA'), 'aws-key'],
  [`key ${upper('ASIA')}, used`, upper('ASIA'), 'aws-key'],
  [`aws_secret_access_key=${token('w', 39)}`, token('w', 39), 'secret'],
  [`push with ${token('ghp_', 36)}`, token('ghp_', 36), 'github-token'],
  [`push with ${token('ghs_', 36)}.`, token('ghs_', 36), 'github-token'],
  [`push with ${token('github_pat_', 60)}`, token('github_pat_', 60), 'github-token'],
  [`slack ${token('xoxb-12345-', 24)} ok`, token('xoxb-12345-', 24), 'slack-token'],
  [`slack ${token('xapp-1-A1-', 24)} ok`, token('xapp-1-A1-', 24), 'slack-token'],
  [`model ${token('sk-ant-api03-', 40)}`, token('sk-ant-api03-', 40), 'anthropic-key'],
  [`model ${token('sk-', 40)}`, token('sk-', 40), 'api-key'],
  [`service account ${jwt} rejected`, jwt, 'jwt'],
  [`"token":"${jwt}"`, jwt, 'jwt'],
  [pem('\n'), token('MIIE', 64), 'private-key'],
  [`"key":"${pem('\\n')}"`, token('MIIE', 64), 'private-key'],
  [pem('\n').slice(0, 120), token('MIIE', 64), 'private-key'],
  ['dial postgres://app:hunter2@db:5432/shop failed', 'hunter2', 'credentials'],
  ['mongodb+srv://app:hunter2@cluster0.mongodb.net', 'hunter2', 'credentials'],
  ['redis://:hunter2@redis:6379', 'hunter2', 'credentials'],
  ['GET https://user:p%40ss@host/x', 'p%40ss', 'credentials'],
  ['amqp://u:p@ss@mq:5672', 'p@ss', 'credentials'],
  [`cloning https://${token('', 40)}@git.example.com/x`, token('', 40), 'credentials'],
  ['uri=postgres%3A%2F%2Fapp%3Ahunter2%40db', 'hunter2', 'credentials'],
  [`Authorization: Bearer ${token('', 30)}`, token('', 30), 'authorization'],
  [`authorization="Basic ${base64('user:hunter2')}"`, base64('user:hunter2'), 'authorization'],
  [`{"headers":{"X-Api-Key":"${token('', 20)}"}}`, token('', 20), 'authorization'],
  [`sent bearer ${token('', 30)}`, token('', 30), 'authorization'],
  [`{"auths":{"r.io":{"auth":"${base64('user:hunter2')}"}}}`, base64('user:hunter2'), 'registry-auth'],
  [
    `.dockerconfigjson: ${base64('{"auths":{"r.io":{"auth":"dXNlcjpodW50ZXIy"}}}')}`,
    base64('{"auths":{"r.io"').slice(0, 16),
    'redacted',
  ],
  ['connecting with password=hunter2 to db', 'hunter2', 'password'],
  ['{"user":"app","pwd":"hunter2"}', 'hunter2', 'password'],
  ["pass: 1, passwd: 'hunter two'", 'hunter two', 'password'],
  ['{\\"password\\":\\"hunter2\\"}', 'hunter2', 'password'],
  ['DB_PASSWORD: hunter2', 'hunter2', 'password'],
  ['db.password => hunter2', 'hunter2', 'password'],
  ['body: user=app&client_secret=hunter2&x=1', 'hunter2', 'secret'],
  ['q=password%3Dhunter2', 'hunter2', 'password'],
  [`base64 ${base64(token('ghp_', 36))}`, base64(token('ghp_', 36)).slice(0, 30), 'encoded'],
  [`AccountKey=${token('', 60)};`, token('', 60), 'shared-key'],
  ['Secret "x" is invalid: data[password]: Invalid value: "hunter2": bad', 'hunter2', 'value'],
]

describe('redact', () => {
  it.each(secrets)('takes the secret out of %s', (text, secret, name) => {
    const clean = redact(text)
    expect(clean).not.toContain(secret)
    expect(clean).toContain(name)
  })

  it('keeps what tells about the fault', () => {
    const kept = [
      'MountVolume.SetUp failed for volume "cfg" : secret "db-credentials" not found',
      "couldn't find key DB_PASSWORD in Secret shop/db-credentials",
      'Error: environment variable DB_PASSWORD is not set',
      'password authentication failed for user "app"',
      'password: must be set',
      'secretName: db-credentials',
      'dial tcp: lookup prod-db on 10.96.0.10:53: no such host',
      'Back-off pulling image "registry.example.com:5000/app:1.2.3@sha256:0123456789abcdef0123456789abcdef"',
      'spec.containers[0].image: Invalid value: "NGINX"',
      'error: token is expired',
      'max_tokens: 4096',
      'http://prometheus:9090/api/v1/query?query=up',
    ]
    for (const text of kept) expect(redact(text)).toBe(text)
  })

  it('is done after one pass', () => {
    for (const [text] of secrets) expect(redact(redact(text))).toBe(redact(text))
  })

  it('gives the same text whatever the secret is', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9!#%^*_+-]{1,40}$/),
        fc.stringMatching(/^[A-Za-z0-9]{36}$/),
        (word, body) => {
          fc.pre(
            !/^(?:null|nil|none|undefined|true|false|empty|missing|required|invalid|unset|not|is|was|must|cannot|has|expired|no|failed|error|unable|could|for|from)\b/i.test(
              word,
            ),
          )
          expect(redact(`login password=${word} failed`)).toBe('login password=[redacted:password] failed')
          expect(redact(`token ghp_${body} used`)).toBe('token [redacted:github-token] used')
          expect(redact(`postgres://app:${word}@db/x`)).toBe('postgres://[redacted:credentials]db/x')
        },
      ),
    )
  })

  it('stays fast on hostile text', () => {
    const megabyte = 1_000_000
    const hostile = [
      'a',
      'eyJ',
      'eyJ-',
      'a.',
      '.',
      ':',
      '://',
      'a:b@',
      '-----BEGIN PRIVATE KEY',
      '-----BEGIN ',
      'password',
      'password=',
      'password= ',
      'password="',
      'token"',
      'Authorization: ',
      'bearer ',
      'sk-',
      'A',
      '%3A',
      '"auth":"',
      'data: Invalid value: "\\',
      'AKIA',
    ]
    for (const piece of hostile) {
      const text = piece.repeat(Math.ceil(megabyte / piece.length))
      const times = [1, 2, 3].map(() => {
        const started = process.threadCpuUsage()
        redact(text)
        return process.threadCpuUsage(started).user / 1000
      })
      // The bar is 50 ms; this thread's processor time, with room for a slow machine. What is not linear takes seconds.
      expect(Math.min(...times), piece).toBeLessThan(300)
    }
  })

  it('knows a secret by the name of its variable', () => {
    expect(redactNamed('DB_PASSWORD', 'hunter2')).toBe('[redacted:value]')
    expect(redactNamed('API_TOKEN', 'x')).toBe('[redacted:value]')
    expect(redactNamed('DB_PASS', 'x')).toBe('[redacted:value]')
    expect(redactNamed('DB_PASSWORD', '')).toBe('')
    expect(redactNamed('PASSWORD_FILE', '/run/secrets/db')).toBe('/run/secrets/db')
    expect(redactNamed('SECRET_NAME', 'db-credentials')).toBe('db-credentials')
    expect(redactNamed('DATABASE_URL', 'postgres://u:hunter2@db/x')).toBe('postgres://[redacted:credentials]db/x')
    expect(redactNamed('BYPASS_CACHE', 'yes')).toBe('yes')
  })
})
