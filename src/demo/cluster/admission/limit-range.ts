import type { Ground } from '../registry/context.ts'
import { forbidden } from '../registry/errors.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { quantity } from '../schema/quantity.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../types.ts'

/** Gives containers the namespace's default requests and limits, and refuses those outside its bounds. */
export const limitRange = { mutate, validate }

const limitsOf = ({ storage }: Ground, namespace: string | undefined): Fields[] =>
  storage
    .list('limitranges', namespace ?? '')
    .flatMap((range) => listAt(fieldsAt(range, 'spec'), 'limits').filter(isFields))

function mutate(ground: Ground, { after }: AdmissionChange): void {
  const notes: string[] = []
  const spec = fieldsAt(after, 'spec')
  for (const limit of limitsOf(ground, after.metadata.namespace)) {
    if (limit['type'] !== 'Container') continue
    for (const [kind, containers] of [
      ['container', listAt(spec, 'containers')],
      ['init container', listAt(spec, 'initContainers')],
    ] as const) {
      for (const container of containers) {
        if (!isFields(container)) continue
        const resources = fieldsAt(container, 'resources')
        container['resources'] = resources
        const requests = fill(resources, 'requests', fieldsAt(limit, 'defaultRequest'))
        const limits = fill(resources, 'limits', fieldsAt(limit, 'default'))
        const name = String(container['name'])
        if (requests.length > 0) notes.push(`${requests.join(', ')} request for ${kind} ${name}`)
        if (limits.length > 0) notes.push(`${limits.join(', ')} limit for ${kind} ${name}`)
      }
    }
  }
  if (notes.length === 0) return
  after.metadata.annotations = {
    ...after.metadata.annotations,
    'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}`,
  }
}

function fill(resources: Fields, part: string, defaults: Fields): string[] {
  const held = fieldsAt(resources, part)
  const missing = Object.keys(defaults)
    .filter((name) => held[name] === undefined)
    .sort()
  if (missing.length > 0)
    resources[part] = { ...held, ...Object.fromEntries(missing.map((name) => [name, defaults[name]])) }
  return missing
}

function validate(ground: Ground, { resource, after }: AdmissionChange): void {
  const spec = fieldsAt(after, 'spec')
  const problems: string[] = []
  for (const limit of limitsOf(ground, after.metadata.namespace)) {
    if (limit['type'] !== 'Container') continue
    for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
      const resources = fieldsAt(container, 'resources')
      for (const [name, bound] of Object.entries(fieldsAt(limit, 'min')))
        problems.push(...tooSmall(name, bound, resources))
      for (const [name, bound] of Object.entries(fieldsAt(limit, 'max')))
        problems.push(...tooLarge(name, bound, resources))
    }
  }
  if (problems.length === 0) return
  const text = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`
  throw forbidden(resource, after.metadata.name, text ?? '')
}

function tooSmall(name: string, bound: unknown, resources: Fields): string[] {
  const request = fieldsAt(resources, 'requests')[name]
  if (request === undefined) return [`minimum ${name} usage per Container is ${bound}.  No request is specified`]
  return quantity(request) < quantity(bound)
    ? [`minimum ${name} usage per Container is ${bound}, but request is ${request}`]
    : []
}

function tooLarge(name: string, bound: unknown, resources: Fields): string[] {
  const limit = fieldsAt(resources, 'limits')[name]
  const request = fieldsAt(resources, 'requests')[name]
  if (limit === undefined) return [`maximum ${name} usage per Container is ${bound}.  No limit is specified`]
  if (quantity(limit) > quantity(bound))
    return [`maximum ${name} usage per Container is ${bound}, but limit is ${limit}`]
  if (request !== undefined && quantity(request) > quantity(bound))
    return [`maximum ${name} usage per Container is ${bound}, but request is ${request}`]
  return []
}
