import type { KubeObject } from './kubernetes.ts'

/** Kinds whose status somebody else keeps writing: their resourceVersion moves although nobody changed them. */
const restless: ReadonlySet<string> = new Set([
  'Pod',
  'Node',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'ResourceQuota',
])

/**
 * What a whole-object write expects of the object, for the API server itself to check: always its uid; its resourceVersion
 * as well where nothing but a change moves that, or where `still` says that nothing is expected to (decision 0008).
 */
export const expectedOf = (
  object: KubeObject,
  still = false,
): { readonly uid: string; readonly resourceVersion?: string } | undefined => {
  const { uid, resourceVersion } = object.metadata
  if (uid === undefined) return undefined
  const pinned = still || !restless.has(object.kind)
  return { uid, ...(pinned && resourceVersion !== undefined ? { resourceVersion } : {}) }
}

/** As a resourceVersion in server-side apply: create, and never change what is there. No object ever has it. */
export const mustBeNew = '1'

/** The fingerprint and resourceVersion of a plan whose object must not exist. */
export const absentMark = 'absent'
