import type { Container, PodSpec, SecurityContext } from './kubernetes.ts'

/** The levels of the Pod Security Standards that refuse anything. */
export type PodSecurityLevel = 'baseline' | 'restricted'

/**
 * The capabilities that the baseline lets containers add.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export const baselineCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const containersOf = (spec: PodSpec): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
]

const where = (spec: PodSpec, test: (security: SecurityContext, container: Container) => boolean): readonly string[] =>
  containersOf(spec)
    .filter((container) => test(container.securityContext ?? {}, container))
    .map((container) => container.name)

const each = (rule: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : [`${rule} (container ${names.join(', ')})`]

const baseline = (spec: PodSpec): readonly string[] => [
  ...[
    spec.hostNetwork === true ? 'hostNetwork=true' : '',
    spec.hostPID === true ? 'hostPID=true' : '',
    spec.hostIPC === true ? 'hostIPC=true' : '',
  ].filter((text) => text !== ''),
  ...each(
    'privileged',
    where(spec, (security) => security.privileged === true),
  ),
  ...each(
    'non-default capabilities',
    where(spec, (security) => (security.capabilities?.add ?? []).some((one) => !baselineCapabilities.has(one))),
  ),
  ...(spec.volumes ?? [])
    .filter((volume) => volume.hostPath !== undefined)
    .map((volume) => `hostPath volume ${volume.name ?? '?'}`),
  ...each(
    'hostPort',
    where(spec, (_, container) => (container.ports ?? []).some((port) => (port.hostPort ?? 0) > 0)),
  ),
  ...each(
    'seccompProfile Unconfined',
    where(spec, (security) => (security.seccompProfile ?? spec.securityContext?.seccompProfile)?.type === 'Unconfined'),
  ),
]

const restricted = (spec: PodSpec): readonly string[] => [
  ...each(
    'allowPrivilegeEscalation != false',
    where(spec, (security) => security.allowPrivilegeEscalation !== false),
  ),
  ...each(
    'unrestricted capabilities (must drop ALL)',
    where(
      spec,
      ({ capabilities }) =>
        !(capabilities?.drop ?? []).includes('ALL') ||
        (capabilities?.add ?? []).some((one) => one !== 'NET_BIND_SERVICE'),
    ),
  ),
  ...each(
    'runAsNonRoot != true',
    where(spec, (security) => (security.runAsNonRoot ?? spec.securityContext?.runAsNonRoot) !== true),
  ),
  ...each(
    'runAsUser=0',
    where(spec, (security) => (security.runAsUser ?? spec.securityContext?.runAsUser) === 0),
  ),
  ...each(
    'seccompProfile not RuntimeDefault or Localhost',
    where(
      spec,
      (security) =>
        !['RuntimeDefault', 'Localhost'].includes(
          (security.seccompProfile ?? spec.securityContext?.seccompProfile)?.type ?? '',
        ),
    ),
  ),
  ...(spec.volumes ?? []).filter((volume) => volume.nfs !== undefined).map((volume) => `nfs volume ${volume.name}`),
]

/**
 * Why a namespace that enforces this level would refuse the pod; empty where none of the rules that are looked at does. Rules
 * on sysctls, SELinux, AppArmor, /proc and Windows are not looked at, so an empty answer is no promise.
 */
export const podSecurityViolations = (spec: PodSpec, level: PodSecurityLevel): readonly string[] =>
  level === 'baseline' ? baseline(spec) : [...baseline(spec), ...restricted(spec)]
