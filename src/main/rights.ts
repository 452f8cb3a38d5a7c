import type { Doctor } from '../doctor/doctor.ts'
import { setFreeze } from '../doctor/freeze.ts'
import { theDoctor } from '../domain/principal.ts'
import type { AccessQuery, ClusterReader } from '../ports.ts'

const rbac = 'rbac.authorization.k8s.io'
const right = (verb: string, resource: string, group = '', subresource?: string): AccessQuery => ({
  verb,
  group,
  resource,
  ...(subresource === undefined ? {} : { subresource }),
})

/** What no credentials of ours may do anywhere: with one of these, a mistake or a thief could take the whole cluster. */
const tooMuch: readonly AccessQuery[] = [
  right('*', '*', '*'),
  right('deletecollection', 'pods'),
  right('delete', 'namespaces'),
  right('delete', 'nodes'),
  right('get', 'secrets'),
  right('create', 'serviceaccounts', '', 'token'),
  right('escalate', 'clusterroles', rbac),
  right('bind', 'clusterroles', rbac),
  right('create', 'clusterrolebindings', rbac),
  right('impersonate', 'users'),
  right('impersonate', 'groups'),
  right('update', 'validatingwebhookconfigurations', 'admissionregistration.k8s.io'),
]

type Asked = Pick<ClusterReader, 'name' | 'canI'>

/** The rights that are too broad, as sentences, and the clusters that could not be asked about them. */
export type RightsReport = { readonly problems: readonly string[]; readonly unknown: readonly string[] }

/** Asks each API server itself (SelfSubjectAccessReview) what the credentials of this process may do, cluster-wide (SAFETY T25). */
export const checkRights = async (
  doctor: Pick<Doctor, 'readers' | 'writers'>,
  signal?: AbortSignal,
): Promise<RightsReport> => {
  const credentials: readonly (readonly [string, Asked])[] = [
    ...[...doctor.readers.values()].map((one) => ['reader', one] as const),
    ...[...doctor.writers.values()].map((one) => ['writer', one] as const),
  ]
  const found = await Promise.all(credentials.map(([kind, one]) => rightsOf(kind, one, signal)))
  return {
    problems: found.flatMap((one) => one.problems),
    unknown: [...new Set(found.flatMap((one) => one.unknown))],
  }
}

const rightsOf = async (kind: string, one: Asked, signal?: AbortSignal): Promise<RightsReport> => {
  const answers = await Promise.all(tooMuch.map(async (access) => ({ access, answer: await one.canI(access, signal) })))
  const allowed = answers.filter(({ answer }) => answer.kind === 'ok' && answer.value.allowed)
  return {
    problems:
      allowed.length === 0
        ? []
        : [
            `cluster ${one.name}: the ${kind}'s credentials may ${allowed.map(({ access }) => textOf(access)).join(', ')}; take that away`,
          ],
    unknown: answers.some(({ answer }) => answer.kind !== 'ok') ? [one.name] : [],
  }
}

const textOf = ({ verb, resource, group, subresource }: AccessQuery): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' || group === '*' ? '' : `.${group}`}`

/**
 * Asks again, once a minute, about clusters that did not answer at the start. What then turns out to be too broad locks that
 * cluster for changes until a person unlocks it. Returns what stops it.
 */
export const askAgain = (doctor: Doctor, unknown: readonly string[]): (() => void) => {
  let open = new Set(unknown)
  const timer = setInterval(
    () => void look().catch((err: unknown) => doctor.log.warn({ err }, 'rights could not be asked')),
    60_000,
  )
  timer.unref()
  const look = async () => {
    if (open.size === 0) return clearInterval(timer)
    const some = <T extends Asked>(all: ReadonlyMap<string, T>) => new Map([...all].filter(([name]) => open.has(name)))
    const { problems, unknown: still } = await checkRights({
      readers: some(doctor.readers),
      writers: some(doctor.writers),
    })
    for (const name of open)
      for (const problem of problems.filter((text) => text.startsWith(`cluster ${name}: `))) {
        doctor.log.error({ problem }, 'credentials are too broad')
        await setFreeze(doctor, name, true, theDoctor, problem, 'cluster-lock')
      }
    open = new Set(still)
  }
  return () => clearInterval(timer)
}
