import type { FieldError } from '../registry/errors.ts'
import { quantity } from '../schema/quantity.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../types.ts'
import { checkLabel, checkQualifiedName, checkSubdomain } from './names.ts'

/** A field that must be there. */
export const required = (field: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field, detail })

/** A field whose value cannot be. */
export const wrong = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  value,
  detail,
})

/** A field that may not be set. */
export const refused = (field: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', field, detail })

/** A value outside of a closed list. */
export function oneOf(field: string, value: unknown, allowed: readonly string[]): FieldError[] {
  if (allowed.includes(String(value))) return []
  const list = allowed.map((entry) => JSON.stringify(entry)).join(', ')
  return [{ type: 'FieldValueNotSupported', field, value, detail: `supported values: ${list}` }]
}

/** A number that may not be negative. */
export function notNegative(holder: Fields, key: string, field: string): FieldError[] {
  const value = holder[key]
  return typeof value === 'number' && value < 0
    ? [wrong(`${field}.${key}`, value, 'must be greater than or equal to 0')]
    : []
}

/** What is wrong with a pod's spec; `field` is where it lies, `claims` names volumes that a StatefulSet adds. */
export function validatePodSpec(spec: Fields, field: string, claims: readonly string[] = []): FieldError[] {
  const volumes = listAt(spec, 'volumes').filter(isFields)
  const names = new Set([...volumes.map((volume) => String(volume['name'])), ...claims])
  return [
    ...volumes.flatMap((volume, index) =>
      validateVolume(volume, `${field}.volumes[${index}]`, volumes.slice(0, index)),
    ),
    ...validateContainers(spec, field, names),
    ...(spec['restartPolicy'] === undefined
      ? [required(`${field}.restartPolicy`)]
      : oneOf(`${field}.restartPolicy`, spec['restartPolicy'], ['Always', 'OnFailure', 'Never'])),
    ...oneOf(`${field}.dnsPolicy`, spec['dnsPolicy'], ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...(typeof spec['serviceAccountName'] === 'string' && spec['serviceAccountName'] !== ''
      ? checkSubdomain(spec['serviceAccountName'], `${field}.serviceAccountName`)
      : []),
    ...(typeof spec['nodeName'] === 'string' && spec['nodeName'] !== ''
      ? checkSubdomain(spec['nodeName'], `${field}.nodeName`)
      : []),
    ...Object.keys(fieldsAt(spec, 'nodeSelector')).flatMap((key) => checkQualifiedName(key, `${field}.nodeSelector`)),
    ...listAt(spec, 'tolerations').flatMap((entry, index) =>
      validateToleration(entry, `${field}.tolerations[${index}]`),
    ),
  ]
}

function validateContainers(spec: Fields, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const containers = listAt(spec, 'containers')
  if (containers.length === 0) return [required(`${field}.containers`)]
  const seen = new Set<string>()
  const one =
    (kind: string) =>
    (container: unknown, index: number): FieldError[] => {
      if (!isFields(container)) return []
      const place = `${field}.${kind}[${index}]`
      const name = String(container['name'] ?? '')
      const errors = validateContainer(container, place, volumes)
      if (name !== '' && seen.has(name))
        errors.push({ type: 'FieldValueDuplicate', field: `${place}.name`, value: name, detail: '' })
      seen.add(name)
      return errors
    }
  return [...containers.flatMap(one('containers')), ...listAt(spec, 'initContainers').flatMap(one('initContainers'))]
}

function validateContainer(container: Fields, field: string, volumes: ReadonlySet<string>): FieldError[] {
  const name = String(container['name'] ?? '')
  const image = String(container['image'] ?? '')
  return [
    ...(name === '' ? [required(`${field}.name`)] : checkLabel(name, `${field}.name`)),
    ...(image === '' ? [required(`${field}.image`)] : []),
    ...validatePorts(container, field),
    ...listAt(container, 'env').flatMap((entry, index) =>
      isFields(entry) ? validateEnv(entry, `${field}.env[${index}]`) : [],
    ),
    ...listAt(container, 'envFrom').flatMap((entry, index) => validateEnvFrom(entry, `${field}.envFrom[${index}]`)),
    ...listAt(container, 'volumeMounts').flatMap((entry, index) =>
      validateMount(entry, `${field}.volumeMounts[${index}]`, volumes),
    ),
    ...oneOf(`${field}.imagePullPolicy`, container['imagePullPolicy'], ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(fieldsAt(container, 'resources'), `${field}.resources`),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      isFields(container[probe]) ? validateProbe(container[probe], `${field}.${probe}`, probe) : [],
    ),
  ]
}

function validatePorts(container: Fields, field: string): FieldError[] {
  const seen = new Set<string>()
  return listAt(container, 'ports').flatMap((port, index) => {
    if (!isFields(port)) return []
    const place = `${field}.ports[${index}]`
    const errors: FieldError[] = []
    const name = port['name']
    if (typeof name === 'string' && name !== '') {
      errors.push(...portName(name, `${place}.name`))
      if (errors.length === 0 && seen.has(name))
        errors.push({ type: 'FieldValueDuplicate', field: `${place}.name`, value: name, detail: '' })
      seen.add(name)
    }
    const number = port['containerPort']
    if (number === undefined || number === 0) errors.push(required(`${place}.containerPort`))
    else errors.push(...portNumber(number, `${place}.containerPort`))
    return [...errors, ...oneOf(`${place}.protocol`, port['protocol'], ['SCTP', 'TCP', 'UDP'])]
  })
}

/** 1 to 65535. */
export function portNumber(port: unknown, field: string): FieldError[] {
  return typeof port === 'number' && port >= 1 && port <= 65535
    ? []
    : [wrong(field, port, 'must be between 1 and 65535, inclusive')]
}

/** An IANA service name. */
export function portName(name: string, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (name.length > 15) errors.push(wrong(field, name, 'must be no more than 15 characters'))
  if (!/^[-a-z0-9]+$/.test(name))
    errors.push(wrong(field, name, 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'))
  if (!/[a-z]/.test(name)) errors.push(wrong(field, name, 'must contain at least one letter (a-z)'))
  if (name.includes('--')) errors.push(wrong(field, name, 'must not contain consecutive hyphens'))
  if (/^-|-$/.test(name)) errors.push(wrong(field, name, 'must not begin or end with a hyphen'))
  return errors
}

function validateEnv(entry: Fields, field: string): FieldError[] {
  const errors: FieldError[] = entry['name'] === undefined || entry['name'] === '' ? [required(`${field}.name`)] : []
  const from = entry['valueFrom']
  if (!isFields(from)) return errors
  if (typeof entry['value'] === 'string' && entry['value'] !== '')
    return [...errors, wrong(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty')]
  const sources = Object.keys(from)
  if (sources.length === 0)
    return [
      ...errors,
      wrong(
        `${field}.valueFrom`,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    ]
  if (sources.length > 1)
    return [...errors, wrong(`${field}.valueFrom`, '', 'may not have more than one field specified at a time')]
  for (const source of ['configMapKeyRef', 'secretKeyRef']) {
    const reference = from[source]
    if (!isFields(reference)) continue
    errors.push(...checkSubdomain(String(reference['name'] ?? ''), `${field}.valueFrom.${source}.name`))
    if (!reference['key']) errors.push(required(`${field}.valueFrom.${source}.key`))
  }
  return errors
}

function validateEnvFrom(entry: unknown, field: string): FieldError[] {
  return ['configMapRef', 'secretRef'].flatMap((source) => {
    const reference = isFields(entry) ? entry[source] : undefined
    return isFields(reference) ? checkSubdomain(String(reference['name'] ?? ''), `${field}.${source}.name`) : []
  })
}

function validateMount(entry: unknown, field: string, volumes: ReadonlySet<string>): FieldError[] {
  if (!isFields(entry)) return []
  const name = String(entry['name'] ?? '')
  const errors: FieldError[] = []
  if (name === '') errors.push(required(`${field}.name`))
  else if (!volumes.has(name))
    errors.push({ type: 'FieldValueNotFound', field: `${field}.name`, value: name, detail: '' })
  if (!entry['mountPath']) errors.push(required(`${field}.mountPath`))
  return errors
}

/** Quantities that are not negative, and requests within limits. */
export function validateResources(resources: Fields, field: string): FieldError[] {
  const limits = fieldsAt(resources, 'limits')
  const requests = fieldsAt(resources, 'requests')
  const sign = (part: string, list: Fields): FieldError[] =>
    Object.entries(list).flatMap(([name, value]) =>
      quantity(value) < 0 ? [wrong(`${field}.${part}[${name}]`, value, 'must be greater than or equal to 0')] : [],
    )
  const over = Object.entries(requests).flatMap(([name, value]) => {
    const limit = limits[name]
    if (limit === undefined || quantity(value) <= quantity(limit)) return []
    return [wrong(`${field}.requests`, value, `must be less than or equal to ${name} limit of ${String(limit)}`)]
  })
  return [...sign('limits', limits), ...sign('requests', requests), ...over]
}

function validateProbe(probe: Fields, field: string, kind: string): FieldError[] {
  const errors: FieldError[] = []
  const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => isFields(probe[handler]))
  if (handlers.length === 0) errors.push(required(field, 'must specify a handler type'))
  for (const handler of ['httpGet', 'tcpSocket']) {
    const action = probe[handler]
    if (!isFields(action)) continue
    const port = action['port']
    const place = `${field}.${handler}.port`
    errors.push(...(typeof port === 'string' ? portName(port, place) : portNumber(port ?? 0, place)))
  }
  for (const key of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'])
    errors.push(...notNegative(probe, key, field))
  if (kind !== 'readinessProbe' && probe['successThreshold'] !== 1)
    errors.push(wrong(`${field}.successThreshold`, probe['successThreshold'], 'must be 1'))
  return errors
}

/** The order in which the real server looks at them. */
const sourceOrder = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cephfs',
  'downwardAPI',
  'fc',
  'configMap',
  'projected',
  'csi',
  'ephemeral',
  'image',
]

function validateVolume(volume: Fields, field: string, earlier: readonly Fields[]): FieldError[] {
  const name = String(volume['name'] ?? '')
  const sources = Object.keys(volume)
    .filter((key) => key !== 'name')
    .sort((a, b) => sourceOrder.indexOf(a) - sourceOrder.indexOf(b))
  const errors: FieldError[] = []
  for (const source of sources.slice(1))
    errors.push(refused(`${field}.${source}`, 'may not specify more than 1 volume type'))
  const config = volume['configMap']
  if (sources.length === 1 && isFields(config) && !config['name']) errors.push(required(`${field}.configMap.name`))
  const secret = volume['secret']
  if (sources.length === 1 && isFields(secret) && !secret['secretName'])
    errors.push(required(`${field}.secret.secretName`))
  const claim = volume['persistentVolumeClaim']
  if (sources.length === 1 && isFields(claim) && !claim['claimName'])
    errors.push(required(`${field}.persistentVolumeClaim.claimName`))
  if (name === '') errors.push(required(`${field}.name`))
  else if (earlier.some((other) => other['name'] === name))
    errors.push({ type: 'FieldValueDuplicate', field: `${field}.name`, value: name, detail: '' })
  else errors.push(...checkLabel(name, `${field}.name`))
  return errors
}

function validateToleration(entry: unknown, field: string): FieldError[] {
  if (!isFields(entry)) return []
  const errors =
    typeof entry['key'] === 'string' && entry['key'] !== '' ? checkQualifiedName(entry['key'], `${field}.key`) : []
  const operator = entry['operator'] ?? 'Equal'
  if (!entry['key'] && operator !== 'Exists')
    errors.push(
      wrong(
        `${field}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    )
  return errors
}
