import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import type { Container, Pod } from '../domain/kubernetes.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, rolloutChange, rolloutFacts, severityFor } from './reading/by-workload.ts'
import { type ContainerFailure, containerFailures } from './reading/container-failures.ts'
import { common, endText, evidenceOf, quotes, undoStep, unitText } from './reading/failure-text.ts'
import { type StartFailure, startFailures } from './reading/start-failures.ts'
import { startCommon, startEvidence, startWords } from './reading/start-text.ts'

/** The identity a container runs as, in words: what the security contexts of pod and container say. */
const identity = (pod: Pod, container: Container | undefined): string => {
  const [own, shared] = [container?.securityContext, pod.spec?.securityContext]
  const user = own?.runAsUser ?? shared?.runAsUser
  const parts = [
    user === undefined ? undefined : `runAsUser ${user}`,
    (own?.runAsNonRoot ?? shared?.runAsNonRoot) === true ? 'runAsNonRoot' : undefined,
    own?.readOnlyRootFilesystem === true ? 'readOnlyRootFilesystem' : undefined,
    shared?.fsGroup === undefined ? undefined : `fsGroup ${shared.fsGroup}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? 'no securityContext is set' : parts.join(', ')
}

const mountFor = (container: Container | undefined, path: string | undefined) =>
  path === undefined
    ? undefined
    : (container?.volumeMounts ?? []).find(
        (one) =>
          one.mountPath !== undefined &&
          (path === one.mountPath || path.startsWith(`${one.mountPath.replace(/\/$/, '')}/`)),
      )

const pathFix = (failure: ContainerFailure, path: string | undefined, readOnly: boolean): readonly string[] => {
  const { container } = failure.unit
  const mount = mountFor(container, path)
  const edit = kubectl(failure.workload.ref, 'edit')
  if (readOnly && mount?.readOnly === true)
    return [`The volume at ${mount.mountPath ?? ''} is mounted readOnly; mount it writable or write elsewhere: ${edit}`]
  if (readOnly)
    return [`Mount an emptyDir at ${path ?? 'the path it writes to'} and keep readOnlyRootFilesystem: ${edit}`]
  if (mount !== undefined)
    return [
      `Set securityContext.fsGroup of the pod to the group that the process runs with, so that the volume at ${mount.mountPath ?? ''} is writable: ${edit}`,
    ]
  return [`Let the image own ${path ?? 'the path'} with the user it runs as, or mount an emptyDir there: ${edit}`]
}

const startTold = (failure: StartFailure): { readonly text: string; readonly fix: string } | undefined => {
  const edit = kubectl(failure.workload.ref, 'edit')
  switch (failure.problem.kind) {
    case 'run-as-root':
      return {
        text: 'runAsNonRoot is set, but the container would run as root (by its image, or by runAsUser 0)',
        fix: `Set securityContext.runAsUser to a non-zero user that the image supports, or use an image with a non-root USER: ${edit}`,
      }
    case 'non-numeric-user':
      return {
        text: `runAsNonRoot is set, and the image names its user by text (${failure.problem.user ?? '?'}), which the kubelet cannot verify`,
        fix: `Set securityContext.runAsUser to the numeric id of that user: ${edit}`,
      }
    case 'read-only':
      return {
        text: `${failure.problem.path ?? 'a path'} lies on a read-only file system`,
        fix: `Mount an emptyDir at ${failure.problem.path ?? 'that path'}, or move the mount: ${edit}`,
      }
    case 'permission':
      return {
        text: `access to ${failure.problem.path ?? 'a path'} is denied`,
        fix: `Let the user of the container reach it (image ownership, runAsUser, fsGroup): ${edit}`,
      }
    case 'security-profile':
      return {
        text: `its security profile ${failure.problem.profile ?? ''} cannot be applied on the node`,
        fix: `Install the profile on the node, or name one that exists: ${edit}`,
      }
    default:
      return undefined
  }
}

const fromStart = (view: ClusterView, group: Group<StartFailure>): readonly Finding[] => {
  const { first, workload } = group
  const told = startTold(first)
  if (told === undefined) return []
  return [
    {
      code: 'container-permission-denied',
      severity: severityFor(view, workload),
      object: workload.ref,
      summary: `${named(workload)}: ${unitText(first.unit)} is not started: ${told.text} (${identity(first.pod, first.unit.container)}): ${startWords(first)}`,
      evidence: startEvidence(group),
      ...startCommon(view, group),
      fix: [told.fix, ...undoStep(group)],
      prevention: ['Run the image in CI with the security context that it gets in the cluster.'],
      facts: {
        container: first.unit.name,
        ...(first.unit.container?.image === undefined ? {} : { image: first.unit.container.image }),
        ...rolloutFacts(view, workload, first.unit.name),
      },
    },
  ]
}

const fromLog = (view: ClusterView, group: Group<ContainerFailure>): readonly Finding[] => {
  const { first, workload } = group
  if (first.sign?.kind !== 'permission') return []
  const { path, readOnly } = first.sign
  const lowPort = /bind|listen/i.test(first.sign.entry.text)
  const [line] = quotes(first, 1)
  const what = lowPort
    ? 'may not bind its port (ports below 1024 need root or NET_BIND_SERVICE)'
    : readOnly
      ? `cannot write to ${path ?? 'a read-only file system'}`
      : `is denied access${path === undefined ? '' : ` to ${path}`}`
  const change = rolloutChange(view, workload, first.unit.name, ['image', 'command', 'args'])
  return [
    {
      code: 'container-permission-denied',
      severity: severityFor(view, workload),
      object: workload.ref,
      summary: `${named(workload)}: ${unitText(first.unit)} ${what} (${identity(first.pod, first.unit.container)}; ${endText(first)}): ${line ?? ''}`,
      evidence: evidenceOf(group),
      confidence: 0.8,
      ...common(view, group),
      ...(change === undefined ? {} : { change }),
      fix: [
        ...(lowPort
          ? [`Listen on a port above 1023, or add the capability NET_BIND_SERVICE: ${kubectl(workload.ref, 'edit')}`]
          : pathFix(first, path, readOnly)),
        ...undoStep(group),
      ],
      prevention: ['Run the image in CI with the security context that it gets in the cluster.'],
      facts: {
        container: first.unit.name,
        ...(path === undefined ? {} : { path }),
        ...(first.unit.container?.image === undefined ? {} : { image: first.unit.container.image }),
        ...rolloutFacts(view, workload, first.unit.name),
      },
    },
  ]
}

/** Containers that their user, file system or security profile keeps from starting or working. */
export const analyzer: Analyzer = {
  id: 'container-permission-denied',
  codes: ['container-permission-denied'],
  needs: ['pods'],
  analyze: (view) => [
    ...byWorkload(startFailures(view), (one) => `${one.unit.name} ${one.problem.kind}`).flatMap((group) =>
      fromStart(view, group),
    ),
    ...byWorkload(
      containerFailures(view).filter((one) => one.cause === 'permission'),
      (one) => one.unit.name,
    ).flatMap((group) => fromLog(view, group)),
  ],
}
