import { listAt, textAt } from '../../domain/at.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'

/**
 * The name of the template that a workload was last brought to, as its controller keeps it; undefined where it keeps none yet.
 * Scaling does not change it.
 */
export const revisionOf = (workload: KubeObject): string | undefined => {
  const { annotations = {} } = workload.metadata
  switch (workload.kind) {
    case 'Deployment':
      return annotations['deployment.kubernetes.io/revision']
    case 'DaemonSet':
      return annotations['deprecated.daemonset.template.generation']
    case 'StatefulSet':
      return textAt(workload, 'status', 'updateRevision')
    default:
      return undefined
  }
}

/** The images of a template, by container. */
export const imagesOf = (workload: KubeObject): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['initContainers', 'containers']
      .flatMap((field) => listAt(workload, 'spec', 'template', 'spec', field))
      .flatMap((one) => {
        const [name, image] = [textAt(one, 'name'), textAt(one, 'image')]
        return name === undefined || image === undefined ? [] : [[name, image.slice(0, 300)] as const]
      }),
  )
