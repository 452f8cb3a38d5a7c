import type { Resource } from '../registry/resources.ts'
import type { KubeObject } from '../types.ts'
import { ageOf } from './age.ts'
import type { Column } from './table-column.ts'
import { columnsOf } from './table-columns.ts'

const nameText =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names'

/** Objects as a meta.k8s.io Table with the columns kubectl prints. `include` is None, Metadata or Object. */
export function tableOf(
  objects: readonly KubeObject[],
  resource: Resource,
  include: string,
  metadata: object,
  now: number,
): object {
  const columns = columnsOf(resource) ?? defaultColumns
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type, priority }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: name === 'Name' ? nameText : '',
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object: include === 'None' ? null : include === 'Object' ? object : metadataOnly(object),
    })),
  }
}

/** The object without everything but its metadata. */
export function metadataOnly(object: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

const defaultColumns: readonly Column[] = [
  { name: 'Name', type: 'string', priority: 0, cell: (object) => object.metadata.name },
  { name: 'Age', type: 'string', priority: 0, cell: (object, now) => ageOf(object.metadata.creationTimestamp, now) },
]
