import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadActions } from '../../src/actions/load.ts'
import { runRunbooks } from '../../src/cli/runbooks.ts'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import { code, each, first, says, words } from './judge.ts'
import { type Group, printed } from './site.ts'

const runbook = `id: tried
title: Restart what hangs
owner: platform
codes: [app-crash]
risk: low
preconditions: []
steps:
  - human: Look at it.
    commands:
      - kubectl --context {{cluster}} get pods
validation: It runs.
rollback: Nothing is changed.
approvals: 1
`
const but = (from: string | RegExp, to: string): string => {
  const text = runbook.replace(from, to)
  if (text === runbook) throw new Error(`the runbook does not hold ${from}`)
  return text
}
const acting = (lines: string): string => runbook.replace(/steps:[\s\S]*validation/, `steps:\n${lines}validation`)

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'
    .split('')
    .map((name, n) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[n]}`).join(', ')}]`),
].join('\n')

const runbooks: readonly (readonly [string, string | Buffer])[] = [
  ['tabs', but('  - human', '\t- human')],
  ['a key twice', `${runbook}risk: high\n`],
  ['no as a risk', but('risk: low', 'risk: no')],
  ['on as a title', but('title: Restart what hangs', 'title: on\nrisks: 1')],
  ['a time of base sixty', but('approvals: 1', 'approvals: 1:30')],
  ['an anchor and its alias', but(/title: .*\nowner: platform/, 'title: &x Restart\nowner: *x')],
  ['a bomb of anchors', `${bomb}\n${runbook}`],
  ['!!js/function', but('owner: platform', 'owner: !!js/function "function () { return 1 }"')],
  ['!!python/object', but('owner: platform', 'owner: !!python/object:os.system {}')],
  ['5 MB', `${runbook}# ${'x'.repeat(5_000_000)}`],
  ['a thousand levels', `${runbook}deep: ${'['.repeat(1_000)}${']'.repeat(1_000)}`],
  ['two documents', `${runbook}---\n${runbook}`],
  ['an unknown key', but('approvals: 1', 'aproval: 1')],
  ['no approvals', but('approvals: 1\n', '')],
  ['approvals: []', but('approvals: 1', 'approvals: []')],
  ['approvals: 0', but('approvals: 1', 'approvals: 0')],
  ['approvals: -1', but('approvals: 1', 'approvals: -1')],
  ['an unknown action', acting('  - action: reboot-everything\n')],
  ['an action with a wrong input', acting('  - action: scale-workload\n    input: { replicas: lots }\n')],
  ['a template that calls', but('{{cluster}}', "{{constructor.constructor('return process')()}}")],
  ['a template of a prototype', but('{{cluster}}', '{{__proto__}}')],
  ['an id of another file', but('id: tried', 'id: other')],
  ['an unknown code', but('[app-crash]', '[no-such-cause]')],
  ['no codes', but('codes: [app-crash]', 'codes: []')],
  ['a prototype key', `${runbook}__proto__: { polluted: 1 }\n`],
  ['a list', '- a\n- b\n'],
  ['empty', ''],
  ['not UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
]

const permit =
  '@id("ours") @quorum("1") @because("x") permit (principal, action == Doctor::Action::"restart-rollout", resource);'
const policies: readonly (readonly [string, string])[] = [
  ['no id', permit.replace('@id("ours") ', '')],
  ['an id twice', `${permit}\n${permit}`],
  ['an unknown action', permit.replace('restart-rollout', 'reboot-everything')],
  ['an unknown attribute', permit.replace(';', ' when { context.moon == "full" };')],
  ['a quorum of 0', permit.replace('"1"', '"0"')],
  ['a quorum of many', permit.replace('"1"', '"many"')],
  ['an unknown annotation', permit.replace('@because', '@becuase')],
  ['not Cedar', 'allow everything'],
  ['half', permit.slice(0, 60)],
  ['a template', permit.replace('principal', 'principal == ?principal')],
]

const actions = [...(await loadActions()).keys()]
const loads = (folder: string) => loadPolicy({ folder, approvers: ['U0ANA'], actions })
const asked = {
  cluster: 'c',
  target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a', name: 'b' },
  labels: {},
  namespaceLabels: {},
  risk: 'low',
  requester: { id: 'U1', name: 'u' },
  blast: { pods: 1, workloads: 1, services: 0 },
  previewed: true,
  frozen: false,
  at: '2026-11-20T10:00:00Z',
} as const

/** Group 54: runbooks and policies. */
export const fileGroups: readonly Group[] = [
  {
    number: 54,
    name: 'runbooks and policies',
    tries: [
      {
        what: 'a good one, so that the others are bad for what they are',
        run: async (site) => {
          const folder = site.folder('runbooks')
          writeFileSync(join(folder, 'tried.yaml'), runbook)
          return code(await printed((io) => runRunbooks(['lint', folder], io)), 0)
        },
      },
      ...each<string | Buffer>(runbooks, async (text, site) => {
        const folder = site.folder('runbooks')
        writeFileSync(join(folder, 'tried.yaml'), text)
        const result = await printed((io) => runRunbooks(['lint', folder], io))
        return first(
          code(result, 1),
          says(result.err, /tried\.yaml/),
          result.err.length < 5_000 ? undefined : 'too many words',
        )
      }),
      {
        what: 'a link',
        run: async (site) => {
          const folder = site.folder('runbooks')
          symlinkSync('/etc/hostname', join(folder, 'tried.yaml'))
          const result = await printed((io) => runRunbooks(['lint', folder], io))
          return first(code(result, 1), says(result.err, /link/))
        },
      },
      {
        what: 'a folder that is not there',
        run: async () => code(await printed((io) => runRunbooks(['lint', '/nowhere/at/all'], io)), 1),
      },
      ...['with a byte order mark', 'with CRLF'].map((what, index) => ({
        what: `a good one ${what}`,
        run: async (site: Parameters<Group['tries'][number]['run']>[0]) => {
          const folder = site.folder('runbooks')
          writeFileSync(join(folder, 'tried.yaml'), index === 0 ? `\ufeff${runbook}` : runbook.replaceAll('\n', '\r\n'))
          return code(await printed((io) => runRunbooks(['lint', folder], io)), 0, 1)
        },
      })),
      ...each(policies, async (text, site) => {
        const folder = site.folder('policy')
        writeFileSync(join(folder, 'own.cedar'), text)
        const result = loads(folder)
        return result.kind === 'invalid'
          ? words(result.problems.map(({ place, message }) => `${place} ${message}`).join('\n'))
          : 'it was loaded'
      }),
      {
        what: 'an empty policy: all is denied',
        run: async (site) => {
          const folder = site.folder('policy')
          writeFileSync(join(folder, 'own.cedar'), '// nothing\n')
          const result = loads(folder)
          if (result.kind === 'invalid') return words(JSON.stringify(result.problems))
          const kinds = new Set(actions.map((action) => result.policy.verdict({ ...asked, action }).kind))
          return kinds.size === 1 && kinds.has('deny') ? undefined : `it says ${[...kinds]}`
        },
      },
      {
        what: 'a forbid beside a permit: the forbid wins',
        run: async (site) => {
          const folder = site.folder('policy')
          writeFileSync(
            join(folder, 'own.cedar'),
            `${permit}\n@id("no") @because("never") forbid (principal, action, resource);`,
          )
          const result = loads(folder)
          if (result.kind === 'invalid') return words(JSON.stringify(result.problems))
          const { kind } = result.policy.verdict({ ...asked, action: 'restart-rollout' })
          return kind === 'deny' ? undefined : `it says ${kind}`
        },
      },
      {
        what: 'a folder without a policy',
        run: async (site) => (loads(site.folder('policy')).kind === 'invalid' ? undefined : 'it was loaded'),
      },
    ],
  },
]
