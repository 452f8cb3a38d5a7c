import { type Account, type AccountRights, accountRights, boundAccounts } from '../domain/account-rights.ts'
import { type Answer, note, table, text } from '../domain/document.ts'
import type { PolicyRule } from '../domain/kubernetes.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { count, some } from '../domain/words.ts'
import { orRefuse, type Place, placeOf, readFrom, refusalAnswer } from './reading/place.ts'
import { type Rbac, readRbac } from './reading/rbac.ts'
import { placeFlags, type Verb } from './verb.ts'

const mostAccounts = 40
const mostRules = 60

/** Kubernetes' own controllers are bound by the dozen; they are shown where their namespace is asked for. */
const isSystem = ({ namespace }: Account): boolean => namespace === 'kube-system'

const ruleText = (rule: PolicyRule): readonly [verbs: string, what: string] => {
  const groups = (rule.apiGroups ?? []).filter((group) => group !== '' && group !== '*')
  const names = rule.resourceNames ?? []
  const what = [...(rule.resources ?? []), ...(rule.nonResourceURLs ?? [])].join(', ')
  return [
    (rule.verbs ?? []).join(', '),
    `${what}${groups.length === 0 ? '' : ` (${groups.join(', ')})`}${names.length === 0 ? '' : ` named ${some(names)}`}`,
  ]
}

const one = (place: Place, rbac: Rbac, account: Account): Answer => {
  const { grants, dangers } = accountRights(rbac.roles, rbac.bindings, account)
  const who = `ServiceAccount ${account.namespace}/${account.name}`
  if (grants.length === 0)
    return {
      status: 'not-found',
      document: [text(`No binding gives ${who} anything.`), readFrom(place.reader, account.namespace)],
    }
  const rows = grants.flatMap((grant) => {
    const where = grant.namespace ?? 'the whole cluster'
    const by = `${grant.binding}${grant.group === undefined ? '' : ` (group ${grant.group})`}`
    if (grant.missing) return [[where, 'nothing', 'its role does not exist', by, grant.role]]
    return grant.rules.map((rule) => [where, ...ruleText(rule), by, grant.role])
  })
  return {
    status: 'ok',
    document: [
      text(`What ${who} may do${dangers.length === 0 ? '' : `, and what of it is dangerous: ${dangers.join(', ')}`}:`),
      table(['Where', 'Verbs', 'Resources', 'By', 'Role'], rows.slice(0, mostRules)),
      ...(rows.length > mostRules ? [note(`${count(rows.length - mostRules, 'more rule')} not shown.`)] : []),
      note('Other authorizers (webhooks, cloud IAM) are not in this list.'),
      readFrom(place.reader, account.namespace),
    ],
  }
}

const whereText = ({ grants }: AccountRights): string => {
  const spaces = [...new Set(grants.map((grant) => grant.namespace ?? 'the whole cluster'))]
  return spaces.includes('the whole cluster') ? 'the whole cluster' : some(spaces)
}

const audit = (place: Place, rbac: Rbac): Answer => {
  const { namespace } = place
  const all = boundAccounts(rbac.bindings)
    .filter((account) => (namespace === undefined ? !isSystem(account) : account.namespace === namespace))
    .map((account) => accountRights(rbac.roles, rbac.bindings, account))
    .toSorted((a, b) => b.dangers.length - a.dangers.length)
  if (all.length === 0)
    return {
      status: 'ok',
      document: [
        text(`No binding names a ServiceAccount of ${namespace ?? 'any namespace'}.`),
        readFrom(place.reader, namespace),
      ],
    }
  const dangerous = all.filter(({ dangers }) => dangers.length > 0).length
  return {
    status: 'ok',
    document: [
      text(
        `${count(all.length, 'ServiceAccount')} with rights, ${dangerous === 0 ? 'none' : dangerous} from which more rights can be made:`,
      ),
      table(
        ['ServiceAccount', 'Dangerous', 'Where', 'Bindings'],
        all
          .slice(0, mostAccounts)
          .map((rights) => [
            `${rights.account.namespace}/${rights.account.name}`,
            rights.dangers.length === 0 ? '–' : rights.dangers.join(', '),
            whereText(rights),
            String(rights.grants.length),
          ]),
      ),
      ...(all.length > mostAccounts ? [note(`${count(all.length - mostAccounts, 'more account')} not shown.`)] : []),
      ...(namespace === undefined
        ? [note('Those of kube-system are not in this list: rights -n kube-system shows them.')]
        : []),
      readFrom(place.reader, namespace),
    ],
  }
}

/** `ci/deployer`, `system:serviceaccount:ci:deployer`, or `deployer` in the namespace at hand. */
const accountOf = (word: string, namespace: string | undefined): Account | undefined => {
  const user = /^system:serviceaccount:([^:]{1,63}):([^:]{1,253})$/.exec(word)
  if (user !== null) return { namespace: user[1] ?? '', name: user[2] ?? '' }
  const [first = '', second] = word.replace(/^(?:sa|serviceaccount)\//i, '').split('/')
  if (second !== undefined) return { namespace: first, name: second }
  return namespace === undefined ? undefined : { namespace, name: first }
}

export const verb: Verb = {
  name: 'rights',
  summary: 'what ServiceAccounts may do by RBAC, the dangerous ones first',
  usage: '[NAMESPACE/NAME] [-n NAMESPACE]',
  examples: ['rights', 'rights ci/deployer', 'rights -n payments'],
  flags: placeFlags,
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async (place) => {
      const [word, ...rest] = args.words
      const account = word === undefined ? undefined : accountOf(word, place.namespace)
      if (rest.length > 0 || (word !== undefined && account === undefined))
        return refusalAnswer(refused('usage', 'Write it as: rights NAMESPACE/NAME, for example rights ci/deployer.'))
      const rbac = await readRbac(place.reader, context.signal)
      if (isRefusal(rbac)) return refusalAnswer(rbac)
      return account === undefined ? audit(place, rbac) : one(place, rbac, account)
    }),
}
