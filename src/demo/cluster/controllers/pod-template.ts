import { copy, type Fields, type KubeObject } from '../types.ts'
import { controllerRef } from './hands.ts'
import type { PodTemplate } from './objects.ts'

/** A pod as a controller makes it from its template; `name` ends with a dash where the server is to complete it. */
export function podFromTemplate(
  template: PodTemplate,
  owner: KubeObject,
  name: string,
  labels: Record<string, string> = {},
): Fields {
  const named = name.endsWith('-') ? { generateName: name } : { name }
  const { labels: own, annotations, finalizers } = template.metadata ?? {}
  return {
    metadata: {
      ...named,
      labels: { ...own, ...labels },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [controllerRef(owner)],
    },
    spec: copy(template.spec),
  }
}
