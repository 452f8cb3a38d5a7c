import { redact } from '../../src/domain/redact.ts'
import { hostiles } from '../injection/texts.ts'
import { tryAll } from '../injection/try-all.ts'
import { each, first, hidden, words } from './judge.ts'
import type { Group, Site } from './site.ts'

const json = JSON.stringify

/** Hostile texts ride through the real snapshot, diagnosis, plan and card, in all five carriers. */
const rides = (number: number, name: string, chosen: RegExp): Group => ({
  number,
  name,
  tries: hostiles
    .filter((hostile) => chosen.test(hostile.name))
    .map((hostile) => ({
      what: hostile.name,
      run: async () => {
        const harms = await tryAll([hostile])
        return harms[0] === undefined ? undefined : `in a ${harms[0].carrier}: ${harms[0].problem}`
      },
    })),
})

const stamp = (n: number): string => new Date(Date.parse('2026-11-20T10:00:00Z') + n * 1_000).toISOString()

/** A namespace in which one pod crashes and says this, as files of a snapshot. */
const crashing = (log: string | Buffer, more: Readonly<Record<string, unknown>> = {}) => ({
  'pods.json': json({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'app-1', namespace: 'shop', uid: 'p1', creationTimestamp: stamp(0) },
        spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'x:1' }] },
        status: {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'app',
              image: 'x:1',
              imageID: '',
              ready: false,
              restartCount: 9,
              state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
              lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: stamp(1), finishedAt: stamp(2) } },
            },
          ],
        },
        ...more,
      },
    ],
  }),
  'shop_app-1_app.previous.log': log,
})

/** What is said about a pod that wrote this log: all formats, none with the insides of a program or hidden characters. */
const saidAbout = async (
  site: Site,
  log: string | Buffer,
): Promise<{ readonly text: string; readonly problem?: string }> => {
  let text = ''
  for (const format of ['text', 'markdown', 'json']) {
    const { code, out, err } = await site.diagnosed(crashing(log), '-o', format)
    text += out
    if (code !== 1 && code !== 2) return { text, problem: `exit ${code}: ${err.slice(0, 200)}` }
    const problem = first(words(out), format === 'json' ? undefined : hidden(out.replaceAll('\u2060', '')))
    if (problem !== undefined) return { text, problem: `${format}: ${problem}` }
  }
  return { text }
}

const key = (length: number): string => 'Zq7aB3dE5gH8jK9mN1pQ2rS4tU6vW8xY0zL'.repeat(4).slice(0, length)
const pem = `-----BEGIN RSA PRIVATE KEY-----\n${key(64)}\n${key(64)}\n-----END RSA PRIVATE KEY-----`

/** A line as programs log it, and what of it must never be passed on. */
const secrets: readonly (readonly [string, readonly [line: string, secret: string]])[] = [
  ['AWS AKIA', [`key AKIA${'ABCDEFGH23456789'} denied`, 'AKIAABCDEFGH23456789']],
  ['AWS ASIA', [`key ASIA${'ABCDEFGH23456789'} denied`, 'ASIAABCDEFGH23456789']],
  ['ghp_', [`push with ghp_${key(36)}`, key(36)]],
  ['github_pat_', [`push with github_pat_${key(40)}`, key(40)]],
  ['ghs_', [`push with ghs_${key(36)}`, key(36)]],
  ['xoxb-', [`bot xoxb-1234-${key(24)}`, key(24)]],
  ['xapp-', [`app xapp-1-A1-${key(24)}`, key(24)]],
  ['sk-ant-', [`model sk-ant-api03-${key(40)}`, key(40)]],
  ['sk-', [`model sk-${key(40)}`, key(40)]],
  ['JWT', [`jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx_-${key(20)}.${key(30)}`, key(30)]],
  ['PEM', [pem, key(64)]],
  ['PEM on one line', [pem.replaceAll('\n', '\\n'), key(64)]],
  ['postgres URL', [`postgres://app:${key(20)}@db:5432/shop`, key(20)]],
  ['mongodb+srv URL', [`mongodb+srv://app:${key(20)}@c0.mongodb.net`, key(20)]],
  ['redis URL', [`redis://:${key(20)}@redis:6379`, key(20)]],
  ['basic-auth URL', [`GET https://u:${key(20)}@api.acme.dev/`, key(20)]],
  ['Authorization: Bearer', [`Authorization: Bearer ${key(30)}`, key(30)]],
  [
    'service account token',
    [`token: eyJhbGciOiJSUzI1NiIsImtpZCI6Ij${key(10)}.eyJpc3MiOiJr${key(20)}.${key(40)}`, key(40)],
  ],
  [
    '.dockerconfigjson',
    [
      `{"auths":{"r.io":{"auth":"${Buffer.from(`u:${key(20)}`).toString('base64')}"}}}`,
      Buffer.from(`u:${key(20)}`).toString('base64'),
    ],
  ],
  ['password=', [`login failed: password=${key(12)}`, key(12)]],
  ['"pwd":', [`{"level":"error","pwd":"${key(14)}"}`, key(14)]],
  ['URL-encoded', [`GET /cb?client_secret=${encodeURIComponent(`${key(12)}/+`)}&x=1`, key(12)]],
  [
    'base64 of a token',
    [
      `enc ${Buffer.from(`ghp_${key(36)}`).toString('base64')}`,
      Buffer.from(`ghp_${key(36)}`)
        .toString('base64')
        .slice(0, 40),
    ],
  ],
  ['in an error of the API server', [`Invalid value: "x": spec.token: ${key(16)} token=${key(18)}`, key(18)]],
]

const timed = (text: string): string | undefined => {
  const begun = performance.now()
  redact(text)
  const [ms, mb] = [performance.now() - begun, text.length / 2 ** 20]
  // Fifty milliseconds for a megabyte on a quiet machine; four times as much where others run as well.
  return ms < Math.max(200, 200 * mb) ? undefined : `${ms.toFixed(0)} ms for ${mb.toFixed(2)} MB`
}

/** Groups 41 to 50: what programs write, and what strangers write into programs. */
export const telemetryGroups: readonly Group[] = [
  rides(41, 'orders, dressed in many ways', /^(?:plain|base64|rot13|zero-width|bidi|stack trace) (?:1|2|6)$/),
  rides(42, 'causes that somebody made up', /^(?:plain|markdown|transcript) (?:8|9)$/),
  rides(43, 'transcripts that somebody made up', /^transcript (?:1|2|11|12)$/),
  rides(44, 'results of tools that somebody made up', /^tool result (?:1|2|13)$/),
  rides(45, 'attempts that somebody made up', /^(?:plain|zero-width|tool result) 7$/),
  {
    number: 46,
    name: 'secrets in logs',
    tries: each(secrets, async ([line, secret], site) => {
      const { text, problem } = await saidAbout(site, `starting\n${line}\npanic: could not start\n`)
      return first(problem, text.includes(secret) ? 'it is passed on' : undefined)
    }),
  },
  {
    number: 47,
    name: 'a secret in an error of the API server',
    tries: each(
      [
        ['token=', `etcd: dial with token=${key(22)} failed`],
        ['password in a URL', `dial postgres://a:${key(22)}@db failed`],
        ['an invalid value', `Secret "x" is invalid: data.password: Invalid value: "${key(22)}": must be base64`],
      ] as const,
      async (message, site) => {
        const { namespace } = site.workload()
        const stop = site.cluster.faults.fail({
          path: /deployments|pods|events/,
          effect: { kind: 'status', code: 500, message },
        })
        try {
          const answers = [
            await site.typed(`describe ${namespace}/checkout`),
            await site.typed(`pods -n ${namespace}`),
            await site.typed(`events -n ${namespace}`),
          ].join('\n')
          return first(words(answers), answers.includes(key(22)) ? 'it is passed on' : undefined)
        } finally {
          stop()
        }
      },
    ),
  },
  {
    number: 48,
    name: 'text that makes patterns slow',
    tries: each(
      [
        ['a × 1 MB', 'a'.repeat(2 ** 20)],
        ['eyJ × 350 k', 'eyJ'.repeat(350_000)],
        ['nested dots', 'eyJa.'.repeat(200_000)],
        ['://: @', '://a:'.repeat(200_000)],
        ['password=', 'password='.repeat(110_000)],
        ['quotes', `password="${'\\"'.repeat(500_000)}`],
        ['dashes', '-----BEGIN '.repeat(95_000)],
        ['spaces', `token: ${' '.repeat(10 ** 6)}x`],
      ] as const,
      async (text) => timed(text),
    ),
  },
  {
    number: 49,
    name: 'logs beyond all measure',
    tries: each<string | Buffer>(
      [
        ['20 MB', 'the quick brown fox\n'.repeat(10 ** 6)],
        ['one line of 10 MB', `panic: ${'x'.repeat(10_000_000)}`],
        ['bytes', Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7_919) % 256))],
        [
          'not UTF-8',
          Buffer.concat([Buffer.from('panic: '), Buffer.from([0xff, 0xfe, 0xc3, 0x28]), Buffer.from('\n')]),
        ],
        ['steering characters', `\u001b[2J\u001b[31mpanic: boom\u001b[0m\u0007\u202e\n`],
        ['overwritten lines', `loading 1%\rloading 2%\rpanic: boom\r\n`.repeat(1_000)],
        ['a hundred thousand times the same', 'panic: boom\n'.repeat(100_000)],
        ['nothing', ''],
        ['NULs', '\u0000'.repeat(100_000)],
      ],
      async (log, site) => {
        const { text, problem } = await saidAbout(site, log)
        return first(problem, text.length < 500_000 ? undefined : `${text.length} characters come of it`)
      },
    ),
  },
  {
    number: 50,
    name: 'times in logs',
    tries: each(
      [
        ['backwards', `${stamp(9)} error: c\n${stamp(5)} error: b\n${stamp(1)} panic: a\n`],
        [
          'mixed zones',
          `2026-11-20T10:00:00+05:30 error: a\n2026-11-20T10:00:00Z error: b\n2026-11-20T10:00:00-08:00 panic: c\n`,
        ],
        ['no such day', '2026-02-31T25:61:61Z panic: a\n'],
        ['a leap second', '2026-12-31T23:59:60Z panic: a\n'],
        ['the year 10000', '10000-01-01T00:00:00Z panic: a\n'],
        ['seconds since 1970', '1763632800.123 panic: a\n'],
      ] as const,
      async (log, site) => {
        const { text, problem } = await saidAbout(site, log)
        return first(problem, /NaN|Invalid Date/.test(text) ? 'a time that is none is shown' : undefined)
      },
    ),
  },
]
