import type { PodSpec } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { allContainers, judged } from './reading/specs.ts'

const runtimeSocket =
  /(?:docker|containerd|crio|cri-dockerd)(?:\/[\w.-]+)?\.sock$|^\/$|^\/etc(?:\/kubernetes)?\/?$|^\/root\/?$|^\/var\/lib\/kubelet\/?$/

const accesses = (spec: PodSpec): { readonly says: readonly string[]; readonly grave: boolean } => {
  const paths = (spec.volumes ?? []).flatMap(({ name, hostPath }) =>
    hostPath?.path === undefined ? [] : [{ name, path: hostPath.path }],
  )
  const writable = paths.filter(({ name }) =>
    allContainers(spec).some(({ volumeMounts }) =>
      (volumeMounts ?? []).some((mount) => mount.name === name && mount.readOnly !== true),
    ),
  )
  const ports = allContainers(spec).flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort }) => hostPort ?? []),
  )
  const says = [
    ...(spec.hostNetwork === true ? ['the network of its node'] : []),
    ...(spec.hostPID === true ? ['the processes of its node'] : []),
    ...(spec.hostIPC === true ? ['the IPC of its node'] : []),
    ...(paths.length === 0
      ? []
      : [
          `${paths
            .map(({ path }) => path)
            .slice(0, 3)
            .join(', ')} of its node`,
        ]),
    ...(ports.length === 0 || spec.hostNetwork === true ? [] : [`port ${ports[0]} of its node`]),
  ]
  return { says, grave: spec.hostPID === true || writable.some(({ path }) => runtimeSocket.test(path)) }
}

/**
 * Pods that share their node: network, processes, files, ports. A DaemonSet that reads its node is what DaemonSets are for, so
 * of them only writable mounts of what controls the node count.
 */
export const check: Check = {
  id: 'host-access',
  looksFor: 'pods that share network, processes or files of their node',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap(({ ref, spec }): readonly Said[] => {
      const { says, grave } = accesses(spec)
      if (says.length === 0 || (ref.kind === 'DaemonSet' && !grave)) return []
      return [
        {
          severity: grave ? 'warn' : 'info',
          object: ref,
          summary: `uses ${says.join('; ')}`,
          fix: 'use a Service, a volume or an API instead of the node, and mount what must be read-only so',
        },
      ]
    }),
}
