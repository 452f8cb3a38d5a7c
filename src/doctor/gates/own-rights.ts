import type { Change, WriteRequest } from '../../domain/change.ts'
import type { Principal } from '../../domain/principal.ts'
import { theDoctor } from '../../domain/principal.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import { accessOf } from '../../domain/write-path.ts'
import type { AccessQuery } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'

/** What a change wants of an API server, each kind of request once; undefined where one of them cannot be checked. */
export const accessesOf = (change: Change): readonly AccessQuery[] | undefined => {
  const found = new Map<string, AccessQuery>()
  for (const request of requestsOf(change)) {
    const access = accessOf(request)
    if (access === undefined) return undefined
    const { name: _, ...kind } = access
    const key = JSON.stringify(kind)
    if (!found.has(key)) found.set(key, access)
  }
  return [...found.values()]
}

const requestsOf = (change: Change): readonly WriteRequest[] => {
  switch (change.kind) {
    case 'cluster-write':
      return [change.request]
    case 'sequence':
      return change.steps.map((step) => step.request)
    case 'pull-request':
    case 'merge':
      return []
  }
}

/** `patch deployments/scale`, for people. */
export const accessText = ({ verb, resource, subresource }: AccessQuery): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`

/**
 * Why this person's own rights on the cluster do not cover the change (SAFETY T15): asked of its API server by
 * SubjectAccessReview for the user that `people` maps them to. Undefined where they do, and where no people are mapped at all.
 */
export const personMayNot = async (
  doctor: Pick<Doctor, 'config' | 'readers'>,
  cluster: string,
  person: Principal,
  change: Change,
  signal?: AbortSignal,
): Promise<Refusal | undefined> => {
  const { people } = doctor.config
  const accesses = accessesOf(change)
  if (people.length === 0 || person.id === theDoctor.id || accesses?.length === 0) return undefined
  const mapped = people.find((one) => one.slack === person.id)
  if (mapped === undefined)
    return refused(
      'no-kubernetes-user',
      `${person.name} is nobody in the configuration’s people, so nobody on the cluster.`,
    )
  if (accesses === undefined) return refused('path-unknown', 'The request of this plan is not one that can be checked.')
  const as = { user: mapped.user, groups: ['system:authenticated', ...mapped.groups] }
  for (const access of accesses) {
    const answer = await doctor.readers.get(cluster)?.canI({ ...access, as }, signal)
    if (answer?.kind !== 'ok')
      return refused(
        'access-unreadable',
        `Whether ${person.name} may ${accessText(access)} could not be asked, so it counts as no.`,
      )
    if (!answer.value.allowed)
      return refused(
        'person-forbidden',
        `${person.name} may not ${accessText(access)} here by their own rights on the cluster.`,
      )
  }
  return undefined
}
