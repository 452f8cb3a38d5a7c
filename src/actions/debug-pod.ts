import { z } from 'zod'
import { at, listAt, textAt } from '../domain/at.ts'
import { type DebugCheck, debugCommand, isDebugHost } from '../domain/debug-check.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { fieldManager, writePath } from '../domain/write-path.ts'
import { type Action, defineAction } from './action.ts'
import type { Op } from './change/patch.ts'

const host = z.string().refine(isDebugHost, 'is not a host that may be asked')
const port = z.number().int().min(1).max(65_535)
const check = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dns'), host }),
  z.strictObject({ kind: z.literal('tcp'), host, port }),
  z.strictObject({
    kind: z.literal('http'),
    host,
    port,
    path: z
      .string()
      .regex(/^\/[A-Za-z0-9._~/-]{0,200}$/, 'is not a plain path')
      .default('/'),
  }),
])

const input = z.strictObject({
  check: check.optional(),
  /** Seconds after which a container without a check ends by itself. */
  ttl: z.number().int().min(60).max(3_600).default(600),
  /** The container whose processes it shares; without it only the pod's network. */
  target: z.string().max(63).optional(),
  image: z.string().max(500).optional(),
})

/**
 * Adds an ephemeral container to a running pod: to run one ready-made check from where the pod stands, or to be there for a
 * while. Its image is one of the allowed ones, by digest; it has no privileges, no shell line, and ends by itself in any case.
 */
export const action: Action = defineAction({
  id: 'debug-pod',
  title: 'Debug',
  kinds: ['Pod'],
  needs: [],
  input,
  draft: ({ target, mark, debugImages = [] }, wanted) => {
    const ref = refOf(target)
    const { uid } = target.metadata
    if (uid === undefined) return refused('no-uid', 'The pod was read without its uid, so it cannot be pinned.')
    const image = wanted.image ?? debugImages[0]
    if (image === undefined)
      return refused('no-debug-image', 'No image may be used for this: DOCTOR_DEBUG_IMAGES names none.')
    if (!debugImages.includes(image))
      return refused('image-not-allowed', `Only these images may be used, by digest: ${debugImages.join(', ')}.`)
    if (textAt(target, 'status', 'phase') !== 'Running')
      return refused('not-running', `${refText(ref)} does not run, so nothing can be added to it.`)
    const going = runningOf(target)
    if (going !== undefined)
      return refused('debugged-already', `${refText(ref)} has the container ${going} already, which still runs.`)
    if (
      wanted.target !== undefined &&
      !listAt(target, 'spec', 'containers').some((one) => at(one, 'name') === wanted.target)
    )
      return refused('container-unknown', `${refText(ref)} has no container ${JSON.stringify(wanted.target)}.`)
    const path = writePath(ref, 'ephemeralcontainers')
    if (isRefusal(path)) return path
    const name = `doctor-${mark}`
    const command = wanted.check === undefined ? ['sleep', String(wanted.ttl)] : debugCommand(wanted.check)
    const { uid: _, ...pod } = ref
    return {
      change: {
        kind: 'cluster-write',
        request: {
          method: 'PATCH',
          path,
          query: [['fieldManager', fieldManager]],
          contentType: 'application/json-patch+json',
          body: JSON.stringify(opsOf(target, uid, containerOf(name, image, command, wanted.target))),
        },
      },
      risk: wanted.target === undefined ? 'medium' : 'high',
      blast: {
        pods: 0,
        workloads: 0,
        services: 0,
        objects: [ref],
        notes: [
          wanted.check === undefined
            ? `sits in the pod’s network for ${wanted.ttl} s, then ends`
            : `asks once: ${textOf(wanted.check)}`,
          'no privileges, not root',
          ...(wanted.target === undefined ? [] : [`sees the processes and files of container ${wanted.target}`]),
          'the pod lists it until the pod itself goes',
        ],
      },
      success: { kind: 'container', target: pod, container: name, ends: wanted.check !== undefined, within: 120 },
      undo: {
        kind: 'none',
        reason: 'a pod cannot lose an ephemeral container; it ends by itself and the entry goes with the pod',
      },
      summary:
        wanted.check === undefined ? `Debug ${refText(ref)}` : `Ask from ${refText(ref)}: ${textOf(wanted.check)}`,
    }
  },
})

const textOf = (wanted: DebugCheck): string => {
  switch (wanted.kind) {
    case 'dns':
      return `DNS of ${wanted.host}`
    case 'tcp':
      return `TCP to ${wanted.host}:${wanted.port}`
    case 'http':
      return `HTTP from ${wanted.host}:${wanted.port}${wanted.path}`
  }
}

/** One of ours that still runs in the pod. */
const runningOf = (pod: KubeObject): string | undefined =>
  listAt(pod, 'status', 'ephemeralContainerStatuses')
    .filter((status) => at(status, 'state', 'running') !== undefined)
    .map((status) => textAt(status, 'name'))
    .find((name) => name?.startsWith('doctor-'))

const containerOf = (name: string, image: string, command: readonly string[], target: string | undefined) => ({
  name,
  image,
  imagePullPolicy: 'IfNotPresent',
  command,
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    runAsUser: 65_534,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  ...(target === undefined ? {} : { targetContainerName: target }),
})

/** What is there is tested too: entries cannot be changed or taken away, and none is to be added twice. */
const opsOf = (pod: KubeObject, uid: string, container: object): readonly Op[] => {
  const list = '/spec/ephemeralContainers'
  const now = at(pod, 'spec', 'ephemeralContainers')
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    ...(now === undefined
      ? [{ op: 'add', path: list, value: [container] } as const]
      : [{ op: 'test', path: list, value: now } as const, { op: 'add', path: `${list}/-`, value: container } as const]),
  ]
}
