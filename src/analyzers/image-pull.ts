import type { CauseCode } from '../domain/cause.ts'
import { serviceNameOf } from '../domain/connection-failure.ts'
import type { Finding } from '../domain/finding.ts'
import { parseImageName } from '../domain/image-name.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { pullReason, registryOf } from '../domain/pull-message.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import {
  byWorkload,
  failingSince,
  type Group,
  named,
  podRefs,
  rolloutChange,
  rolloutFacts,
  severityFor,
} from './reading/by-workload.ts'
import { couldNotRead } from './reading/could-not-read.ts'
import { oncePerView } from './reading/once-per-view.ts'
import { type PullFailure, pullFailures } from './reading/pull-failures.ts'

const codes = {
  'not-found': 'image-not-found',
  unauthorized: 'image-pull-unauthorized',
  unreachable: 'image-registry-unreachable',
  'rate-limited': 'image-rate-limited',
  'invalid-name': 'image-name-invalid',
  platform: 'image-platform-mismatch',
  never: 'image-never-present',
  unsaid: 'image-not-found',
} as const satisfies Readonly<Record<string, CauseCode>>

/** The pull secrets that a pod names itself or through its ServiceAccount. */
const pullSecrets = (view: ClusterView, pod: Pod): readonly string[] => {
  const own = (pod.spec?.imagePullSecrets ?? []).flatMap((one) => one.name ?? [])
  const account = view.get('ServiceAccount', pod.metadata.namespace, pod.spec?.serviceAccountName ?? 'default')
  return [...new Set([...own, ...(account?.imagePullSecrets ?? []).flatMap((one) => one.name ?? [])])]
}

const missingSecrets = (
  view: ClusterView,
  pod: Pod,
): readonly { readonly name: string; readonly sure: boolean; readonly text?: string }[] =>
  pullSecrets(view, pod).flatMap((name) => {
    const presence = view.presence('Secret', pod.metadata.namespace, name)
    if (presence === 'present') return []
    const event = view
      .eventsFor(refOf(pod))
      .findLast((one) => one.reason === 'FailedToRetrieveImagePullSecret' && one.note?.includes(name) === true)
    if (presence === 'unknown' && event === undefined) return []
    return [{ name, sure: presence === 'absent', ...(event?.note === undefined ? {} : { text: event.note }) }]
  })

type Running = { readonly image: string; readonly name: string | undefined }

/** The images that ready containers run, each once, with the name that each parses to. */
const imagesRunning = oncePerView((view): readonly Running[] => {
  const images = new Set<string>()
  for (const pod of view.all('Pod')) {
    for (const { name, ready } of pod.status?.containerStatuses ?? []) {
      const image = ready === true ? pod.spec?.containers?.find((one) => one.name === name)?.image : undefined
      if (image !== undefined) images.add(image)
    }
  }
  return [...images].map((image) => ({ image, name: parseImageName(image)?.name }))
})

const namesRunning = oncePerView((view) => new Set(imagesRunning(view).flatMap((one) => one.name ?? [])))

const suggestion = (view: ClusterView, image: string): string | undefined => {
  const wanted = parseImageName(image)
  if (wanted === undefined) return undefined
  const running = imagesRunning(view).filter((one) => one.image !== image)
  const sameName = running.find((one) => one.name === wanted.name)
  if (sameName !== undefined) return sameName.image
  const nearest = nearestName(wanted.name, namesRunning(view))
  return nearest === undefined ? undefined : running.find((one) => one.name === nearest)?.image
}

const why: Readonly<Record<Exclude<PullFailure['problem'], 'disk-full'>, (image: string, registry: string) => string>> =
  {
    'not-found': (image) => `image ${image} does not exist in the registry`,
    unauthorized: (image, registry) => `${registry} refuses to hand out image ${image}`,
    unreachable: (image, registry) => `registry ${registry} of image ${image} cannot be reached`,
    'rate-limited': (image, registry) => `${registry} limits the rate of pulls, so image ${image} cannot be pulled now`,
    'invalid-name': (image) => `image name ${image} is not a valid reference`,
    platform: (image) => `image ${image} has no variant for the platform of the node`,
    never: (image) => `image ${image} is not on the node and imagePullPolicy is Never`,
    unsaid: (image) => `image ${image} cannot be pulled; the registry's answer was not recorded`,
  }

const fixes = (group: Group<PullFailure>, hint: string | undefined): readonly string[] => {
  const { unit, image, problem, pod } = group.first
  const { ref } = group.workload
  const set = kubectl(ref, 'set image', `${unit.name}=${hint ?? 'IMAGE:TAG'}`)
  const undo =
    ref.kind === 'Deployment' || ref.kind === 'StatefulSet' || ref.kind === 'DaemonSet'
      ? [`Or go back to the revision that ran: ${kubectl(ref, 'rollout undo')}`]
      : []
  const ns = pod.metadata.namespace ?? 'default'
  const registry = registryOf(image)
  switch (problem) {
    case 'unauthorized':
      return [
        `Check that the image exists and who may pull it: docker manifest inspect ${image}`,
        `Give the namespace credentials: kubectl -n ${ns} create secret docker-registry regcred --docker-server=${registry} --docker-username=USER --docker-password=TOKEN, and name it in imagePullSecrets`,
        ...undo,
      ]
    case 'unreachable':
      return [
        `Check the registry name ${registry} for a typo, and from the node: nslookup ${registry.split(':')[0]}; curl -v https://${registry}/v2/`,
        `Check the node's DNS, proxy and firewall (cluster DNS is not used for pulls)`,
        ...undo,
      ]
    case 'rate-limited':
      return [
        'Authenticate the pulls (imagePullSecrets of an account with a higher limit) or pull through a mirror or cache.',
        `Wait for the limit to reset; pods retry by themselves: ${kubectl(refOf(pod), 'describe')}`,
      ]
    case 'platform':
      return [
        `Build the image for the node's platform too: docker buildx build --platform linux/amd64,linux/arm64 -t ${image} --push .`,
        'Or select nodes of the platform that the image has: nodeSelector kubernetes.io/arch',
      ]
    case 'never':
      return [
        `Load the image onto the node, or let it be pulled: set imagePullPolicy: IfNotPresent in ${kubectl(ref, 'edit')}`,
      ]
    default:
      return [
        `Set an image that exists: ${set}`,
        ...undo,
        `Check what the registry has: docker manifest inspect ${image}`,
      ]
  }
}

/** A near image by its tag alone where only that differs. */
const sameRepository = (near: string, image: string): string => {
  const at = near.lastIndexOf(':')
  return at > near.lastIndexOf('/') && image.startsWith(near.slice(0, at + 1)) ? near.slice(at + 1) : near
}

const findingOf = (view: ClusterView, group: Group<PullFailure>): Finding => {
  const { first, workload, all } = group
  const { image, unit, pod } = first
  const problem = first.problem === 'disk-full' ? 'unsaid' : first.problem
  const registry = registryOf(image)
  const hint =
    problem === 'not-found' || problem === 'unsaid' || problem === 'invalid-name' ? suggestion(view, image) : undefined
  const reason = pullReason(first.message)
  const since = failingSince(
    view,
    all.map((one) => one.pod),
    ['Failed', 'BackOff', 'InspectFailed'],
  )
  const change = rolloutChange(view, workload, unit.name, ['image'])
  const inCluster =
    problem === 'unreachable' ? serviceNameOf(registry.split(':')[0] ?? '', pod.metadata.namespace ?? '') : undefined
  const service = inCluster === undefined ? undefined : view.get('Service', inCluster.namespace, inCluster.name)
  const tag = /no such host|server misbehaving/.test(first.message) ? ' (its name does not resolve from the node)' : ''
  return {
    code: codes[problem],
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${why[problem](image, registry)}${tag} (container ${unit.name}, ${count(podRefs(all).length, 'pod')} waiting)${hint === undefined ? '' : `; did you mean ${sameRepository(hint, image)}?`}${problem === 'not-found' ? '' : `: ${short(reason, 180)}`}`,
    evidence: [
      observe(first.from, refOf(pod), first.message, first.at),
      observe(
        'status',
        refOf(pod),
        `container ${unit.name} waiting: ${unit.status?.state?.waiting?.reason ?? ''}, image ${image}`,
      ),
    ],
    // Where events could not be read the registry may have said something else: that is a lead only.
    ...(problem === 'unsaid' && couldNotRead(view, 'events') ? { symptom: true } : {}),
    confidence: problem === 'unsaid' ? 0.5 : first.from === 'status' ? 0.95 : 0.9,
    affects: podRefs(all),
    ...(since === undefined ? {} : { since }),
    ...(service === undefined ? {} : { dependsOn: [refOf(service)] }),
    ...(change === undefined ? {} : { change }),
    fix: fixes(group, hint),
    prevention: prevention[problem],
    facts: {
      container: unit.name,
      image,
      registry,
      ...rolloutFacts(view, workload, unit.name),
      ...(hint === undefined ? {} : { suggestedImage: hint }),
    },
  }
}

const prevention: Readonly<Record<Exclude<PullFailure['problem'], 'disk-full'>, readonly string[]>> = {
  'not-found': [
    'Deploy by digest from the build that pushed the image, and let the pipeline check that it exists first.',
  ],
  unsaid: ['Deploy by digest from the build that pushed the image, and let the pipeline check that it exists first.'],
  'invalid-name': ['Validate manifests in CI (kubeconform, kubectl apply --dry-run=server).'],
  unauthorized: ['Keep pull credentials in one place that renews them, and alert before they end.'],
  unreachable: ['Mirror images that production needs into a registry near the cluster.'],
  'rate-limited': ['Pull through a cache or mirror, with authenticated accounts.'],
  platform: ['Build multi-platform images, and pin architectures with node selectors until they exist.'],
  never: ['Use imagePullPolicy: Never only where images are preloaded on every node.'],
}

const secretFinding = (view: ClusterView, group: Group<PullFailure>): Finding | undefined => {
  const { pod, unit, image } = group.first
  if (!['unauthorized', 'not-found', 'unsaid'].includes(group.first.problem)) return undefined
  const [missing] = missingSecrets(view, pod)
  if (missing === undefined) return undefined
  const namespace = pod.metadata.namespace ?? 'default'
  const object: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: missing.name }
  const all = view.all('Secret')
  const near = nearestName(
    missing.name,
    all.filter((one) => one.metadata.namespace === namespace && one.type !== 'Opaque').map((one) => one.metadata.name),
  )
  const elsewhere = all.find((one) => one.metadata.name === missing.name && one.metadata.namespace !== namespace)
  const note =
    near !== undefined
      ? `; did you mean ${near}?`
      : elsewhere === undefined
        ? ''
        : `; a Secret of that name exists in namespace ${elsewhere.metadata.namespace ?? ''}`
  const event = view.eventsFor(refOf(pod)).findLast((one) => one.reason === 'FailedToRetrieveImagePullSecret')
  const since = failingSince(
    view,
    group.all.map((one) => one.pod),
    ['Failed', 'BackOff', 'FailedToRetrieveImagePullSecret'],
  )
  return {
    code: 'missing-image-pull-secret',
    severity: severityFor(view, group.workload),
    object,
    summary: `Image pull secret ${missing.name} does not exist in namespace ${namespace}, so ${named(group.workload)} cannot pull ${image} (container ${unit.name})${note}`,
    evidence: [
      ...(event === undefined ? [] : [observeEvent(refOf(pod), event)]),
      observe(
        'spec',
        refOf(pod),
        `imagePullSecrets names ${missing.name}; ${missing.sure ? 'no such Secret in the namespace' : 'the kubelet could not retrieve it'}`,
      ),
      observe(group.first.from, refOf(pod), group.first.message, group.first.at),
    ],
    confidence: missing.sure ? 0.95 : 0.85,
    affects: [...podRefs(group.all), group.workload.ref],
    ...(since === undefined ? {} : { since }),
    fix: [
      ...(near === undefined
        ? []
        : [
            `Name the Secret that exists: replace ${missing.name} by ${near} in imagePullSecrets of ${kubectl(group.workload.ref, 'edit')}`,
          ]),
      `Create it: kubectl -n ${namespace} create secret docker-registry ${missing.name} --docker-server=${registryOf(image)} --docker-username=USER --docker-password=TOKEN`,
    ],
    prevention: [
      'Create pull secrets together with the namespace (a policy or operator that copies them), not by hand.',
    ],
    facts: { secret: missing.name, container: unit.name, image, ...(near === undefined ? {} : { nearestName: near }) },
  }
}

// The node has no room for images: the fault is the node's, whatever wanted the image.
const diskFinding = (group: Group<PullFailure>): Finding | undefined => {
  const { pod, message, from, image } = group.first
  if (pod.spec?.nodeName === undefined) return undefined
  const object: ObjectRef = { apiVersion: 'v1', kind: 'Node', name: pod.spec.nodeName }
  return {
    code: 'node-disk-pressure',
    severity: 'critical',
    object,
    summary: `Node ${object.name} has no disk space left to unpack image ${image}`,
    evidence: [observe(from, refOf(pod), message)],
    confidence: 0.8,
    affects: [...podRefs(group.all), group.workload.ref],
    fix: [
      `Free space on the node (unused images, logs): kubectl debug node/${object.name} -it --image=busybox -- df -h /host/var/lib`,
    ],
    prevention: ['Size node disks for the images they hold and alert on free space of the image file system.'],
  }
}

/** Containers whose image cannot be pulled: which image, which registry, and why, taken from status or events. */
export const analyzer: Analyzer = {
  id: 'image-pull',
  codes: [
    'image-not-found',
    'image-pull-unauthorized',
    'missing-image-pull-secret',
    'image-registry-unreachable',
    'image-rate-limited',
    'image-name-invalid',
    'image-platform-mismatch',
    'image-never-present',
    'node-disk-pressure',
  ],
  needs: ['pods', 'events'],
  analyze: (view) =>
    byWorkload(pullFailures(view), (one) => `${one.unit.name} ${one.image} ${one.problem}`).flatMap((group) => {
      if (group.first.problem === 'disk-full') return diskFinding(group) ?? []
      return secretFinding(view, group) ?? findingOf(view, group)
    }),
}
