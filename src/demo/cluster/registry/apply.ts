import { fieldShape, itemShape, type Shape } from '../schema/schema.ts'
import { copy, type FieldSet, type Fields, isFields, type KubeObject, type ManagedField, same } from '../types.ts'
import { ApiError, type Cause } from './errors.ts'
import { elementOf, fieldSetOf, intersect, isEmpty, pathsOf, removeFields, subtract, union } from './field-set.ts'
import { isSame, ownershipShape, record, shrink, sorted, tracked, type Writer, withRecords } from './managed-fields.ts'

/**
 * Server-side apply: merges the configuration into the live object for its manager. A field that another manager owns with another
 * value is a 409 with one cause each, unless forced; a field that this manager applied before and no longer names is removed
 * where nobody else owns it.
 */
export function serverSideApply(live: KubeObject, config: Fields, writer: Writer, force: boolean): KubeObject {
  const shape = ownershipShape(live)
  const wanted = withoutBookkeeping(config)
  const applied = tracked(fieldSetOf(wanted, shape))
  const records = live.metadata.managedFields ?? []
  const own = records.find((entry) => isSame(entry, writer, 'Apply'))
  const others = records.filter((entry) => entry !== own)
  const merged = merge(live, wanted, shape) as KubeObject
  const changed = differing(applied, live, merged, shape)
  const conflicts = others.flatMap((entry) =>
    pathsOf(intersect(entry.fieldsV1, changed)).map((path) => ({ entry, path })),
  )
  if (conflicts.length > 0 && !force) throw conflictError(conflicts)
  const left = others.flatMap((entry) => shrink(entry, intersect(entry.fieldsV1, changed)))
  const dropped = own === undefined ? {} : subtract(own.fieldsV1, applied)
  const owners = left.reduce<FieldSet>((all, entry) => union(all, entry.fieldsV1), applied)
  const pruned = removeFields(merged, removable(dropped, owners), shape) as KubeObject
  const unchanged =
    own !== undefined &&
    same(own.fieldsV1, applied) &&
    same(
      { ...pruned, metadata: { ...pruned.metadata, managedFields: null } },
      { ...live, metadata: { ...live.metadata, managedFields: null } },
    )
  const entry = unchanged ? own : record(writer, 'Apply', applied)
  return withRecords(pruned, sorted(isEmpty(applied) ? left : [...left, entry]))
}

/** What goes for good: the highest dropped fields that neither have an owner nor anything owned below them. */
function removable(dropped: FieldSet, owners: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const [element, node] of Object.entries(dropped)) {
    const owned = owners[element]
    if (owned === undefined && element !== 'f:metadata') result[element] = {}
    else if (element !== '.' && Object.keys(node).length > 0) {
      const { '.': _self, ...inner } = node
      const left = removable(inner, owned ?? {})
      if (!isEmpty(left)) result[element] = left
    }
  }
  return result
}

function withoutBookkeeping(config: Fields): Fields {
  const { status: _status, ...rest } = copy(config)
  const metadata = isFields(rest['metadata']) ? { ...rest['metadata'] } : {}
  for (const field of ['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink'])
    delete metadata[field]
  const status = config['status']
  return { ...rest, metadata, ...(status === undefined ? {} : { status }) }
}

function merge(live: unknown, wanted: unknown, shape: Shape): unknown {
  if (isFields(wanted) && isFields(live) && !((shape.kind === 'struct' || shape.kind === 'map') && shape.atomic)) {
    const result: Fields = { ...live }
    for (const [key, value] of Object.entries(wanted)) result[key] = merge(live[key], value, fieldShape(shape, key))
    return result
  }
  if (!Array.isArray(wanted) || !Array.isArray(live) || shape.kind !== 'list' || shape.topology === 'atomic')
    return copy(wanted)
  const held = new Map(live.map((item) => [elementOf(item, shape), item]))
  const first = wanted.map((item) => {
    const element = elementOf(item, shape)
    const base = held.get(element)
    held.delete(element)
    return base === undefined ? copy(item) : merge(base, item, itemShape(shape))
  })
  return interleave(live, first, [...held.keys()], shape)
}

/** Items that only the live object has keep their place before the items that followed them. */
function interleave(
  live: readonly unknown[],
  named: readonly unknown[],
  kept: readonly (string | undefined)[],
  shape: Shape,
): unknown[] {
  const place = new Map(live.map((item, index) => [elementOf(item, shape), index]))
  const rest = live.filter((item) => kept.includes(elementOf(item, shape)))
  const result: unknown[] = []
  for (const item of named) {
    const at = place.get(elementOf(item, shape))
    while (at !== undefined && rest[0] !== undefined && (place.get(elementOf(rest[0], shape)) ?? 0) < at)
      result.push(rest.shift())
    result.push(item)
  }
  return [...result, ...rest]
}

/** The applied fields whose value is not what the live object has. */
function differing(applied: FieldSet, live: unknown, merged: unknown, shape: Shape): FieldSet {
  const result: FieldSet = {}
  for (const [element, node] of Object.entries(applied)) {
    if (element === '.') continue
    const [before, inner] = step(live, element, shape)
    const [after] = step(merged, element, shape)
    const children = Object.keys(node).filter((key) => key !== '.')
    if (children.length === 0) {
      if (!same(before, after)) result[element] = {}
    } else {
      const deeper = differing(node, before, after, inner)
      if (before === undefined && '.' in node) result[element] = { '.': {}, ...deeper }
      else if (!isEmpty(deeper)) result[element] = deeper
    }
  }
  return result
}

function step(value: unknown, element: string, shape: Shape): readonly [unknown, Shape] {
  if (element.startsWith('f:')) {
    const key = element.slice(2)
    return [isFields(value) ? value[key] : undefined, fieldShape(shape, key)]
  }
  const item = Array.isArray(value) ? value.find((entry) => elementOf(entry, shape) === element) : undefined
  return [item, itemShape(shape)]
}

type Conflict = { readonly entry: ManagedField; readonly path: string }

function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(
    ({ entry, path }): Cause => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describe(entry)}`,
      field: path,
    }),
  )
  const managers = new Map<string, string[]>()
  for (const { entry, path } of conflicts)
    managers.set(describe(entry), [...(managers.get(describe(entry)) ?? []), path])
  const many = conflicts.length > 1
  const text =
    managers.size === 1 && !many
      ? `conflict with ${describe(conflicts[0]?.entry)}: ${conflicts[0]?.path}`
      : [...managers]
          .map(([manager, paths]) => `conflicts with ${manager}:\n${paths.map((path) => `- ${path}`).join('\n')}`)
          .join('\n')
  const count = `${conflicts.length} conflict${many ? 's' : ''}`
  return new ApiError(409, 'Conflict', `Apply failed with ${count}: ${text}`, { causes })
}

function describe(entry: ManagedField | undefined): string {
  if (entry === undefined) return ''
  const sub = entry.subresource === undefined ? '' : ` with subresource ${JSON.stringify(entry.subresource)}`
  const version = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''
  return `${JSON.stringify(entry.manager)}${sub}${version}`
}
