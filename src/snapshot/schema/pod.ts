import type {
  Affinity,
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  KeyToPath,
  NodeSelectorTerm,
  Pod,
  PodAffinityTerm,
  PodSpec,
  PodStatus,
  PodTemplate,
  SecurityContext,
  Toleration,
  TopologySpreadConstraint,
  Volume,
  VolumeProjection,
} from '../../domain/kubernetes.ts'
import { redactNamed } from '../../domain/redact.ts'
import { keyRef, labelSelector, labels, localName, metadata, probedConditions, quantities, texts } from './meta.ts'
import { nodeSelectorTerms } from './node-selector.ts'
import { hook, probe } from './probe.ts'
import {
  bool,
  type Field,
  f,
  int,
  list,
  mapped,
  message,
  positive,
  quantity,
  type Shape,
  text,
  textOrEmpty,
  time,
} from './shape.ts'
import { shared } from './shared.ts'
import { claimSpec } from './storage.ts'

export const podResources = message<NonNullable<Container['resources']>>({
  limits: f(1, quantities),
  requests: f(2, quantities),
})

const envVar = mapped(
  message<EnvVar>({
    name: f(1, text),
    value: f(2, text),
    valueFrom: f(
      3,
      message<NonNullable<EnvVar['valueFrom']>>({
        fieldRef: f(1, message<{ fieldPath?: string }>({ fieldPath: f(2, text) })),
        resourceFieldRef: f(
          2,
          message<{ resource?: string; containerName?: string }>({ containerName: f(1, text), resource: f(2, text) }),
        ),
        configMapKeyRef: f(3, keyRef),
        secretKeyRef: f(4, keyRef),
      }),
    ),
  }),
  (variable) =>
    variable.value === undefined ? variable : { ...variable, value: redactNamed(variable.name ?? '', variable.value) },
)

const optionalName = message<{ name?: string; optional?: boolean }>({ name: f([1, 1], text), optional: f(2, bool) })

const securityFields = (numbers: {
  readonly user: number
  readonly group: number
  readonly nonRoot: number
  readonly seccomp: number
  readonly container: boolean
}): Shape<SecurityContext> => {
  const only = <T>(number: number, shape: Shape<T>): Field<T> => f(numbers.container ? number : 0, shape)
  return message<SecurityContext>({
    runAsUser: f(numbers.user, int),
    runAsGroup: f(numbers.group, int),
    runAsNonRoot: f(numbers.nonRoot, bool),
    readOnlyRootFilesystem: only(6, bool),
    privileged: only(2, bool),
    allowPrivilegeEscalation: only(7, bool),
    fsGroup: f(numbers.container ? 0 : 5, int),
    capabilities: only(
      1,
      message<{ add?: readonly string[]; drop?: readonly string[] }>({ add: f(1, texts), drop: f(2, texts) }),
    ),
    seccompProfile: f(numbers.seccomp, message<{ type?: string }>({ type: f(1, text) })),
  })
}

const containerSecurity = securityFields({ user: 4, group: 8, nonRoot: 5, seccomp: 11, container: true })
const podSecurity = securityFields({ user: 2, group: 6, nonRoot: 3, seccomp: 10, container: false })

const containerFields = {
  name: f(1, text),
  image: f(2, text),
  command: f(3, list(textOrEmpty)),
  args: f(4, list(textOrEmpty)),
  workingDir: f(5, text),
  ports: f(
    6,
    list(
      shared(
        message<NonNullable<Container['ports']>[number]>({
          name: f(1, text),
          hostPort: f(2, positive),
          containerPort: f(3, int),
          protocol: f(4, text),
        }),
      ),
    ),
  ),
  env: f(7, list(shared(envVar))),
  envFrom: f(
    19,
    list(
      message<NonNullable<Container['envFrom']>[number]>({
        prefix: f(1, text),
        configMapRef: f(2, optionalName),
        secretRef: f(3, optionalName),
      }),
    ),
  ),
  resources: f(8, shared(podResources)),
  volumeMounts: f(
    9,
    list(
      shared(
        message<NonNullable<Container['volumeMounts']>[number]>({
          name: f(1, text),
          readOnly: f(2, bool),
          mountPath: f(3, text),
          subPath: f(4, text),
        }),
      ),
    ),
  ),
  livenessProbe: f(10, shared(probe)),
  readinessProbe: f(11, shared(probe)),
  startupProbe: f(22, shared(probe)),
  lifecycle: f(12, message<NonNullable<Container['lifecycle']>>({ postStart: f(1, hook), preStop: f(2, hook) })),
  imagePullPolicy: f(14, text),
  securityContext: f(15, shared(containerSecurity)),
  restartPolicy: f(24, text),
  terminationMessagePolicy: f(20, text),
} as const

/** Every API server gives a container a name; a damaged file may not, and no sentence may say `undefined`. */
const named = <T extends { readonly name: string }>(shape: Shape<T>): Shape<T> =>
  mapped(shape, (one) => (one.name === undefined ? { ...one, name: '?' } : one))

const container = named(message<Container>(containerFields))

/** An ephemeral container keeps the same fields one message deeper. */
const ephemeralContainer = named(
  message<Container>(
    Object.fromEntries(
      Object.entries(containerFields).map(([key, field]) => [key, { ...field, number: [1, field.number] }]),
    ) as unknown as typeof containerFields,
  ),
)

const items = list(message<KeyToPath>({ key: f(1, text), path: f(2, text) }))

const projection = message<VolumeProjection>({
  secret: f(
    1,
    message<NonNullable<VolumeProjection['secret']>>({
      name: f([1, 1], text),
      items: f(2, items),
      optional: f(4, bool),
    }),
  ),
  configMap: f(
    3,
    message<NonNullable<VolumeProjection['configMap']>>({
      name: f([1, 1], text),
      items: f(2, items),
      optional: f(4, bool),
    }),
  ),
  serviceAccountToken: f(4, message<{ audience?: string }>({ audience: f(1, text) })),
})

const volume = message<Volume>({
  name: f(1, text),
  hostPath: f([2, 1], message<NonNullable<Volume['hostPath']>>({ path: f(1, text), type: f(2, text) })),
  emptyDir: f([2, 2], message<NonNullable<Volume['emptyDir']>>({ medium: f(1, text), sizeLimit: f(2, quantity) })),
  secret: f(
    [2, 6],
    message<NonNullable<Volume['secret']>>({ secretName: f(1, text), items: f(2, items), optional: f(4, bool) }),
  ),
  nfs: f([2, 7], message<NonNullable<Volume['nfs']>>({ server: f(1, text), path: f(2, text) })),
  persistentVolumeClaim: f(
    [2, 10],
    message<NonNullable<Volume['persistentVolumeClaim']>>({ claimName: f(1, text), readOnly: f(2, bool) }),
  ),
  configMap: f(
    [2, 19],
    message<NonNullable<Volume['configMap']>>({ name: f([1, 1], text), items: f(2, items), optional: f(4, bool) }),
  ),
  projected: f([2, 26], message<NonNullable<Volume['projected']>>({ sources: f(1, list(projection)) })),
  csi: f([2, 28], message<NonNullable<Volume['csi']>>({ driver: f(1, text), nodePublishSecretRef: f(5, localName) })),
  ephemeral: f(
    [2, 29],
    message<NonNullable<Volume['ephemeral']>>({
      volumeClaimTemplate: f(
        1,
        message<NonNullable<NonNullable<Volume['ephemeral']>['volumeClaimTemplate']>>({ spec: f(2, claimSpec) }),
      ),
    }),
  ),
})

export const toleration = message<Toleration>({
  key: f(1, text),
  operator: f(2, text),
  value: f(3, text),
  effect: f(4, text),
  tolerationSeconds: f(5, int),
})

const podAffinityTerms = list(
  message<PodAffinityTerm>({
    labelSelector: f(1, labelSelector),
    namespaces: f(2, texts),
    topologyKey: f(3, text),
    namespaceSelector: f(4, labelSelector),
  }),
)

const affinity = message<Affinity>({
  nodeAffinity: f(
    1,
    message<NonNullable<Affinity['nodeAffinity']>>({
      requiredDuringSchedulingIgnoredDuringExecution: f(
        1,
        message<{ nodeSelectorTerms?: readonly NodeSelectorTerm[] }>({ nodeSelectorTerms: f(1, nodeSelectorTerms) }),
      ),
    }),
  ),
  podAffinity: f(
    2,
    message<NonNullable<Affinity['podAffinity']>>({
      requiredDuringSchedulingIgnoredDuringExecution: f(1, podAffinityTerms),
    }),
  ),
  podAntiAffinity: f(
    3,
    message<NonNullable<Affinity['podAntiAffinity']>>({
      requiredDuringSchedulingIgnoredDuringExecution: f(1, podAffinityTerms),
    }),
  ),
})

const spread = message<TopologySpreadConstraint>({
  maxSkew: f(1, int),
  topologyKey: f(2, text),
  whenUnsatisfiable: f(3, text),
  labelSelector: f(4, labelSelector),
  minDomains: f(5, int),
})

export const podSpec = message<PodSpec>({
  volumes: f(1, list(shared(volume))),
  containers: f(2, list(shared(container))),
  restartPolicy: f(3, text),
  terminationGracePeriodSeconds: f(4, int),
  activeDeadlineSeconds: f(5, int),
  dnsPolicy: f(6, text),
  nodeSelector: f(7, labels),
  serviceAccountName: f(8, text),
  nodeName: f(10, text),
  hostNetwork: f(11, bool),
  hostPID: f(12, bool),
  hostIPC: f(13, bool),
  securityContext: f(14, shared(podSecurity)),
  imagePullSecrets: f(15, list(localName)),
  hostname: f(16, text),
  subdomain: f(17, text),
  affinity: f(18, shared(affinity)),
  schedulerName: f(19, text),
  initContainers: f(20, list(shared(container))),
  automountServiceAccountToken: f(21, bool),
  tolerations: f(22, list(shared(toleration))),
  hostAliases: f(
    23,
    list(message<{ ip?: string; hostnames?: readonly string[] }>({ ip: f(1, text), hostnames: f(2, texts) })),
  ),
  priorityClassName: f(24, text),
  priority: f(25, int),
  dnsConfig: f(
    26,
    message<NonNullable<PodSpec['dnsConfig']>>({
      nameservers: f(1, texts),
      searches: f(2, texts),
      options: f(3, list(message<{ name?: string; value?: string }>({ name: f(1, text), value: f(2, text) }))),
    }),
  ),
  readinessGates: f(28, list(message<{ conditionType?: string }>({ conditionType: f(1, text) }))),
  runtimeClassName: f(29, text),
  preemptionPolicy: f(31, text),
  overhead: f(32, quantities),
  resources: f(40, podResources),
  topologySpreadConstraints: f(33, list(shared(spread))),
  ephemeralContainers: f(34, list(ephemeralContainer)),
  schedulingGates: f(38, list(localName)),
})

/** A pod template: only labels and annotations of its metadata matter. */
export const podTemplate = message<PodTemplate>({
  metadata: f(1, message<NonNullable<PodTemplate['metadata']>>({ labels: f(11, labels), annotations: f(12, labels) })),
  spec: f(2, shared(podSpec)),
})

const state = message<ContainerState>({
  waiting: f(1, message<NonNullable<ContainerState['waiting']>>({ reason: f(1, text), message: f(2, text) })),
  running: f(2, message<NonNullable<ContainerState['running']>>({ startedAt: f(1, time) })),
  terminated: f(
    3,
    message<NonNullable<ContainerState['terminated']>>({
      exitCode: f(1, int),
      signal: f(2, positive),
      reason: f(3, text),
      message: f(4, text),
      startedAt: f(5, time),
      finishedAt: f(6, time),
    }),
  ),
})

const containerStatus = named(
  message<ContainerStatus>({
    name: f(1, text),
    state: f(2, shared(state)),
    lastState: f(3, shared(state)),
    ready: f(4, bool),
    restartCount: f(5, int),
    image: f(6, text),
    imageID: f(7, text),
    started: f(9, bool),
  }),
)

const podStatus = message<PodStatus>({
  phase: f(1, text),
  conditions: f(2, probedConditions),
  message: f(3, text),
  reason: f(4, text),
  hostIP: f(5, text),
  podIP: f(6, text),
  startTime: f(7, time),
  containerStatuses: f(8, list(containerStatus)),
  qosClass: f(9, text),
  initContainerStatuses: f(10, list(containerStatus)),
  nominatedNodeName: f(11, text),
  podIPs: f(12, list(message<{ ip?: string }>({ ip: f(1, text) }))),
  ephemeralContainerStatuses: f(13, list(containerStatus)),
  observedGeneration: f(17, positive),
})

export const pod = message<Omit<Pod, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(2, podSpec),
  status: f(3, podStatus),
})
