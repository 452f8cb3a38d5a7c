import type { FieldError } from '../registry/errors.ts'
import { labelSelector } from '../registry/label-selector.ts'
import { quantity } from '../schema/quantity.ts'
import { type Fields, fieldsAt, isFields, listAt, type OpenObject } from '../types.ts'
import { checkAnnotations, checkLabel, checkLabels, checkPathSegment, checkSubdomain } from './names.ts'
import { notNegative, oneOf, portName, portNumber, required, validatePodSpec, wrong } from './pod-validation.ts'

const labelNamed = new Set(['Namespace', 'Service'])
const segmentNamed = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'])

/** Everything wrong with a new or changed object, in the order the real server lists it. */
export function validate(object: OpenObject): FieldError[] {
  return [...validateMeta(object), ...validateSpec(object)]
}

function validateMeta(object: OpenObject): FieldError[] {
  const { metadata } = object
  return [
    ...(metadata.name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : checkName(object.kind, metadata.name)),
    ...checkLabels(metadata.labels, 'metadata.labels'),
    ...checkAnnotations(metadata.annotations, 'metadata.annotations'),
    ...(metadata.finalizers ?? []).flatMap((finalizer) =>
      /^[a-z0-9A-Z./_-]+$/.test(finalizer)
        ? []
        : [wrong('metadata.finalizers', finalizer, 'name part must consist of alphanumeric characters')],
    ),
  ]
}

function checkName(kind: string, name: string): FieldError[] {
  if (segmentNamed.has(kind)) return checkPathSegment(name, 'metadata.name')
  if (labelNamed.has(kind)) return checkLabel(name, 'metadata.name')
  return checkSubdomain(name, 'metadata.name')
}

function validateSpec(object: OpenObject): FieldError[] {
  const spec = fieldsAt(object, 'spec')
  switch (object.kind) {
    case 'Pod':
      return validatePodSpec(spec, 'spec')
    case 'Deployment':
      return [
        ...workload(spec),
        ...strategy(spec),
        ...numbers(spec, ['minReadySeconds', 'revisionHistoryLimit']),
        ...deadline(spec),
      ]
    case 'ReplicaSet':
    case 'DaemonSet':
      return [...workload(spec), ...numbers(spec, ['minReadySeconds', 'revisionHistoryLimit'])]
    case 'StatefulSet':
      return [...workload(spec), ...numbers(spec, ['minReadySeconds', 'revisionHistoryLimit'])]
    case 'Job':
      return jobSpec(spec, 'spec')
    case 'CronJob':
      return [...schedule(spec), ...jobSpec(fieldsAt(fieldsAt(spec, 'jobTemplate'), 'spec'), 'spec.jobTemplate.spec')]
    case 'Service':
      return service(spec)
    case 'PersistentVolumeClaim':
      return claim(spec)
    case 'HorizontalPodAutoscaler':
      return autoscaler(spec)
    case 'PodDisruptionBudget':
      return budget(spec)
    case 'ConfigMap':
    case 'Secret':
      return dataKeys(object)
    default:
      return []
  }
}

const numbers = (spec: Fields, keys: readonly string[]): FieldError[] =>
  keys.flatMap((key) => notNegative(spec, key, 'spec'))

function workload(spec: Fields): FieldError[] {
  const template = fieldsAt(spec, 'template')
  const labels = fieldsAt(fieldsAt(template, 'metadata'), 'labels') as Record<string, string>
  const selector = spec['selector']
  const errors = notNegative(spec, 'replicas', 'spec')
  if (!isFields(selector)) errors.unshift(required('spec.selector'))
  else if (Object.keys(selector).length === 0)
    errors.unshift(wrong('spec.selector', {}, 'empty selector is invalid for deployment'))
  if (!isFields(selector) || !labelSelector(selector)(labels)) {
    const value = Object.keys(labels).length === 0 ? null : labels
    errors.push(wrong('spec.template.metadata.labels', value, '`selector` does not match template `labels`'))
  }
  errors.push(...checkLabels(labels, 'spec.template.metadata.labels'))
  const pod = fieldsAt(template, 'spec')
  errors.push(
    ...validatePodSpec(
      isFields(template['spec']) ? pod : { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' },
      'spec.template.spec',
      listAt(spec, 'volumeClaimTemplates').map((claim) => String(fieldsAt(claim, 'metadata')['name'])),
    ),
  )
  if (pod['restartPolicy'] !== undefined && pod['restartPolicy'] !== 'Always')
    errors.push(...oneOf('spec.template.spec.restartPolicy', pod['restartPolicy'], ['Always']))
  return errors
}

function strategy(spec: Fields): FieldError[] {
  const value = fieldsAt(spec, 'strategy')
  if (!['Recreate', 'RollingUpdate'].includes(String(value['type']))) {
    return oneOf('spec.strategy', { Type: value['type'], RollingUpdate: value['rollingUpdate'] ?? null }, [
      'Recreate',
      'RollingUpdate',
    ])
  }
  const rolling = fieldsAt(value, 'rollingUpdate')
  if (value['type'] === 'Recreate') {
    return isFields(value['rollingUpdate'])
      ? [
          {
            type: 'FieldValueForbidden',
            field: 'spec.strategy.rollingUpdate',
            detail: "may not be specified when strategy `type` is 'Recreate'",
          },
        ]
      : []
  }
  const zero = (part: unknown): boolean => part === 0 || part === '0%'
  return zero(rolling['maxUnavailable']) && zero(rolling['maxSurge'])
    ? [
        wrong(
          'spec.strategy.rollingUpdate.maxUnavailable',
          rolling['maxUnavailable'],
          'may not be 0 when `maxSurge` is 0',
        ),
      ]
    : []
}

function deadline(spec: Fields): FieldError[] {
  const value = spec['progressDeadlineSeconds']
  const ready = Number(spec['minReadySeconds'] ?? 0)
  if (typeof value !== 'number') return []
  return [
    ...notNegative(spec, 'progressDeadlineSeconds', 'spec'),
    ...(value <= ready ? [wrong('spec.progressDeadlineSeconds', value, 'must be greater than minReadySeconds')] : []),
  ]
}

function jobSpec(spec: Fields, field: string): FieldError[] {
  const pod = fieldsAt(fieldsAt(spec, 'template'), 'spec')
  const errors = [
    'parallelism',
    'completions',
    'backoffLimit',
    'activeDeadlineSeconds',
    'ttlSecondsAfterFinished',
  ].flatMap((key) => notNegative(spec, key, field))
  errors.push(...validatePodSpec(pod, `${field}.template.spec`))
  if (!['OnFailure', 'Never'].includes(String(pod['restartPolicy'])))
    errors.push(required(`${field}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'))
  return errors
}

function schedule(spec: Fields): FieldError[] {
  const value = spec['schedule']
  if (typeof value !== 'string' || value === '') return [required('spec.schedule')]
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every .+)$/.test(value)) return []
  const parts = value.trim().split(/\s+/)
  return parts.length === 5
    ? []
    : [wrong('spec.schedule', value, `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)]
}

function service(spec: Fields): FieldError[] {
  const ports = listAt(spec, 'ports').filter(isFields)
  const errors: FieldError[] = []
  if (ports.length === 0 && spec['type'] !== 'ExternalName' && spec['clusterIP'] !== 'None')
    errors.push(required('spec.ports'))
  for (const [index, port] of ports.entries()) {
    const field = `spec.ports[${index}]`
    if (!port['name'] && ports.length > 1) errors.push(required(`${field}.name`))
    else if (typeof port['name'] === 'string') errors.push(...checkLabel(port['name'], `${field}.name`))
    errors.push(...portNumber(port['port'] ?? 0, `${field}.port`))
    const target = port['targetPort']
    errors.push(
      ...(typeof target === 'string'
        ? portName(target, `${field}.targetPort`)
        : portNumber(target, `${field}.targetPort`)),
    )
  }
  return [
    ...errors,
    ...checkLabels(fieldsAt(spec, 'selector') as Record<string, string>, 'spec.selector'),
    ...oneOf('spec.type', spec['type'], ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
  ]
}

function claim(spec: Fields): FieldError[] {
  const storage = fieldsAt(fieldsAt(spec, 'resources'), 'requests')['storage']
  const errors: FieldError[] =
    listAt(spec, 'accessModes').length === 0 ? [required('spec.accessModes', 'at least 1 access mode is required')] : []
  if (storage === undefined) errors.push(required('spec.resources[storage]'))
  else if (quantity(storage) <= 0) errors.push(wrong('spec.resources[storage]', storage, 'must be greater than zero'))
  return errors
}

function autoscaler(spec: Fields): FieldError[] {
  const [low, high] = [Number(spec['minReplicas']), Number(spec['maxReplicas'] ?? 0)]
  const target = fieldsAt(spec, 'scaleTargetRef')
  const errors: FieldError[] = []
  if (low < 1) errors.push(wrong('spec.minReplicas', low, 'must be greater than or equal to 1'))
  if (high < 1) errors.push(wrong('spec.maxReplicas', high, 'must be greater than 0'))
  if (high < low) errors.push(wrong('spec.maxReplicas', high, 'must be greater than or equal to `minReplicas`'))
  if (!target['kind']) errors.push(required('spec.scaleTargetRef.kind'))
  if (!target['name']) errors.push(required('spec.scaleTargetRef.name'))
  if (!target['apiVersion'])
    errors.push(wrong('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'))
  return errors
}

function budget(spec: Fields): FieldError[] {
  if (spec['minAvailable'] === undefined || spec['maxUnavailable'] === undefined) return []
  const value = {
    MinAvailable: spec['minAvailable'],
    Selector: spec['selector'] ?? null,
    MaxUnavailable: spec['maxUnavailable'],
    UnhealthyPodEvictionPolicy: null,
  }
  return [wrong('spec', value, 'minAvailable and maxUnavailable cannot be both set')]
}

const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

function dataKeys(object: OpenObject): FieldError[] {
  return ['data', 'binaryData'].flatMap((part) =>
    Object.keys(fieldsAt(object, part)).flatMap((key) =>
      /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && key !== '..' ? [] : [wrong(`${part}[${key}]`, key, keyText)],
    ),
  )
}
