import type { Resource } from '../registry/resources.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'
import { ageOf, humanDuration } from './age.ts'
import { age, type Cell, type Column, column, name, wide } from './table-column.ts'
import { otherTables } from './table-columns-other.ts'
import { podCells } from './table-pod.ts'

const spec = (object: KubeObject): Fields => fieldsAt(object, 'spec')
const status = (object: KubeObject): Fields => fieldsAt(object, 'status')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

const containers = (object: KubeObject): unknown[] => {
  const template = fieldsAt(
    object.kind === 'CronJob' ? fieldsAt(fieldsAt(spec(object), 'jobTemplate'), 'spec') : spec(object),
    'template',
  )
  return listAt(fieldsAt(template, 'spec'), 'containers')
}
const joined =
  (key: string): Cell =>
  (object) =>
    containers(object)
      .map((entry) => (isFields(entry) ? String(entry[key]) : ''))
      .join(',')
const workloadWide = [
  wide('Containers', joined('name')),
  wide('Images', joined('image')),
  wide('Selector', (object) => selectorText(spec(object)['selector'])),
]

/** A selector as kubectl prints it. */
export function selectorText(selector: unknown): string {
  if (!isFields(selector)) return '<none>'
  const labels =
    isFields(selector['matchLabels']) || Array.isArray(selector['matchExpressions'])
      ? fieldsAt(selector, 'matchLabels')
      : selector
  const parts = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
  for (const entry of listAt(selector, 'matchExpressions')) {
    if (!isFields(entry)) continue
    const values = listAt(entry, 'values').join(',')
    parts.push(
      values === '' ? String(entry['key']) : `${entry['key']} ${String(entry['operator']).toLowerCase()} (${values})`,
    )
  }
  return parts.length === 0 ? '<none>' : parts.join(',')
}

const tables: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    name,
    column('Ready', (object) => podCells(object).ready),
    column('Status', (object) => podCells(object).status),
    column('Restarts', (object, now) => podCells(object, now).restarts),
    age,
    wide('IP', (object) => status(object)['podIP'] ?? '<none>'),
    wide('Node', (object) => spec(object)['nodeName'] ?? '<none>'),
    wide('Nominated Node', (object) => status(object)['nominatedNodeName'] ?? '<none>'),
    wide('Readiness Gates', () => '<none>'),
  ],
  namespaces: [name, column('Status', (object) => status(object)['phase']), age],
  nodes: [
    name,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    age,
    column('Version', (object) => fieldsAt(status(object), 'nodeInfo')['kubeletVersion']),
    wide('Internal-IP', nodeAddress('InternalIP')),
    wide('External-IP', nodeAddress('ExternalIP')),
    wide('OS-Image', (object) => fieldsAt(status(object), 'nodeInfo')['osImage'] || '<unknown>'),
    wide('Kernel-Version', kernel),
    wide('Container-Runtime', (object) => fieldsAt(status(object), 'nodeInfo')['containerRuntimeVersion']),
  ],
  services: [
    name,
    column('Type', (object) => spec(object)['type']),
    column('Cluster-IP', (object) => spec(object)['clusterIP'] ?? '<none>'),
    column('External-IP', externalAddress),
    column('Port(s)', servicePorts),
    age,
    wide('Selector', (object) => selectorText(spec(object)['selector'])),
  ],
  events: [
    column('Last Seen', (object, now) => ageOf(lastSeen(object), now)),
    column('Type', (object) => fieldsAt({ object }, 'object')['type']),
    column('Reason', (object) => fieldsAt({ object }, 'object')['reason']),
    column('Object', (object) => involved(object)),
    wide('Subobject', (object) => fieldsAt(object, 'involvedObject')['fieldPath'] ?? ''),
    wide('Source', eventSource),
    column('Message', (object) => String(fieldsAt({ object }, 'object')['message'] ?? '').trim()),
    wide('First Seen', (object, now) =>
      ageOf(fieldsAt({ object }, 'object')['firstTimestamp'] ?? fieldsAt({ object }, 'object')['eventTime'], now),
    ),
    wide('Count', eventCount),
    wide('Name', (object) => object.metadata.name),
  ],
  'deployments.apps': [
    name,
    column('Ready', (object) => `${number(status(object)['readyReplicas'])}/${number(spec(object)['replicas'])}`),
    column('Up-to-date', (object) => number(status(object)['updatedReplicas'])),
    column('Available', (object) => number(status(object)['availableReplicas'])),
    age,
    ...workloadWide,
  ],
  'replicasets.apps': [
    name,
    column('Desired', (object) => number(spec(object)['replicas']), 'integer'),
    column('Current', (object) => number(status(object)['replicas']), 'integer'),
    column('Ready', (object) => number(status(object)['readyReplicas']), 'integer'),
    age,
    ...workloadWide,
  ],
  'statefulsets.apps': [
    name,
    column('Ready', (object) => `${number(status(object)['readyReplicas'])}/${number(spec(object)['replicas'])}`),
    age,
    ...workloadWide.slice(0, 2),
  ],
  'daemonsets.apps': [
    name,
    ...[
      'Desired:desiredNumberScheduled',
      'Current:currentNumberScheduled',
      'Ready:numberReady',
      'Up-to-date:updatedNumberScheduled',
      'Available:numberAvailable',
    ].map((entry) => {
      const [title = '', field = ''] = entry.split(':')
      return column(title, (object) => number(status(object)[field]), 'integer')
    }),
    column('Node Selector', (object) =>
      selectorText(fieldsAt(fieldsAt(spec(object), 'template'), 'spec')['nodeSelector']),
    ),
    age,
    ...workloadWide,
  ],
  'jobs.batch': [
    name,
    column('Status', jobStatus),
    column('Completions', (object) => `${number(status(object)['succeeded'])}/${spec(object)['completions'] ?? 1}`),
    column('Duration', jobDuration),
    age,
    ...workloadWide,
  ],
  'cronjobs.batch': [
    name,
    column('Schedule', (object) => spec(object)['schedule']),
    column('Timezone', (object) => spec(object)['timeZone'] ?? '<none>'),
    column('Suspend', (object) => spec(object)['suspend'] === true, 'boolean'),
    column('Active', (object) => listAt(status(object), 'active').length, 'integer'),
    column('Last Schedule', (object, now) =>
      status(object)['lastScheduleTime'] === undefined ? '<none>' : ageOf(status(object)['lastScheduleTime'], now),
    ),
    age,
    ...workloadWide,
  ],
  persistentvolumeclaims: [
    name,
    column('Status', (object) =>
      object.metadata.deletionTimestamp === undefined ? status(object)['phase'] : 'Terminating',
    ),
    column('Volume', (object) => spec(object)['volumeName'] ?? ''),
    column('Capacity', (object) => fieldsAt(status(object), 'capacity')['storage'] ?? ''),
    column('Access Modes', (object) =>
      listAt(status(object), 'accessModes')
        .map((mode) =>
          String(mode).replace('ReadWriteOnce', 'RWO').replace('ReadOnlyMany', 'ROX').replace('ReadWriteMany', 'RWX'),
        )
        .join(','),
    ),
    column('StorageClass', (object) => spec(object)['storageClassName'] ?? ''),
    column('VolumeAttributesClass', () => '<unset>'),
    age,
    wide('VolumeMode', (object) => spec(object)['volumeMode']),
  ],
  'horizontalpodautoscalers.autoscaling': [
    name,
    column(
      'Reference',
      (object) =>
        `${fieldsAt(spec(object), 'scaleTargetRef')['kind']}/${fieldsAt(spec(object), 'scaleTargetRef')['name']}`,
    ),
    column('Targets', hpaTargets),
    column('MinPods', (object) => String(spec(object)['minReplicas'] ?? '<unset>')),
    column('MaxPods', (object) => spec(object)['maxReplicas']),
    column('Replicas', (object) => number(status(object)['currentReplicas'])),
    age,
  ],
  'poddisruptionbudgets.policy': [
    name,
    column('Min Available', (object) => String(spec(object)['minAvailable'] ?? 'N/A')),
    column('Max Unavailable', (object) => String(spec(object)['maxUnavailable'] ?? 'N/A')),
    column('Allowed Disruptions', (object) => number(status(object)['disruptionsAllowed']), 'integer'),
    age,
  ],
  configmaps: [
    name,
    column(
      'Data',
      (object) => Object.keys(fieldsAt(object, 'data')).length + Object.keys(fieldsAt(object, 'binaryData')).length,
    ),
    age,
  ],
  secrets: [
    name,
    column('Type', (object) => fieldsAt({ object }, 'object')['type']),
    column('Data', (object) => Object.keys(fieldsAt(object, 'data')).length),
    age,
  ],
}

/** The columns of a resource; undefined where only name and age are printed. */
export function columnsOf(resource: Resource): readonly Column[] | undefined {
  return tables[resource.key] ?? otherTables[resource.key]
}

function nodeStatus(object: KubeObject): string {
  const ready = listAt(status(object), 'conditions')
    .filter(isFields)
    .find((entry) => entry['type'] === 'Ready')
  const base = ready?.['status'] === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady'
  return spec(object)['unschedulable'] === true ? `${base},SchedulingDisabled` : base
}

function nodeRoles(object: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.keys(object.metadata.labels ?? {}).flatMap((key) =>
    key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
  )
  return roles.length === 0 ? '<none>' : roles.sort().join(',')
}

function kernel(object: KubeObject): string {
  const info = fieldsAt(status(object), 'nodeInfo')
  return `${info['kernelVersion'] || '<unknown>'} (${info['architecture']})`
}

function nodeAddress(type: string): Cell {
  return (object) =>
    listAt(status(object), 'addresses')
      .filter(isFields)
      .find((entry) => entry['type'] === type)?.['address'] ?? '<none>'
}

function externalAddress(object: KubeObject): unknown {
  if (spec(object)['type'] === 'ExternalName') return spec(object)['externalName']
  if (spec(object)['type'] !== 'LoadBalancer') return '<none>'
  const first = listAt(fieldsAt(status(object), 'loadBalancer'), 'ingress')[0]
  return isFields(first) ? (first['ip'] ?? first['hostname']) : '<pending>'
}

function servicePorts(object: KubeObject): string {
  const ports = listAt(spec(object), 'ports').filter(isFields)
  const text = ports.map(
    (port) => `${port['port']}${port['nodePort'] === undefined ? '' : `:${port['nodePort']}`}/${port['protocol']}`,
  )
  return text.length === 0 ? '<none>' : text.join(',')
}

function lastSeen(object: KubeObject): unknown {
  const event = fieldsAt({ object }, 'object')
  return fieldsAt(event, 'series')['lastObservedTime'] ?? event['lastTimestamp'] ?? event['eventTime']
}

function involved(object: KubeObject): string {
  const reference = fieldsAt(object, 'involvedObject')
  return `${String(reference['kind']).toLowerCase()}/${reference['name']}`
}

function eventSource(object: KubeObject): string {
  const event = fieldsAt({ object }, 'object')
  const source = fieldsAt(event, 'source')
  const parts = [
    source['component'] ?? event['reportingComponent'],
    source['host'] ?? event['reportingInstance'],
  ].filter((part) => part !== undefined && part !== '')
  return parts.join(', ')
}

function eventCount(object: KubeObject): unknown {
  const event = fieldsAt({ object }, 'object')
  return fieldsAt(event, 'series')['count'] ?? event['count'] ?? 1
}

function jobStatus(object: KubeObject): string {
  const holds = (type: string): boolean =>
    listAt(status(object), 'conditions')
      .filter(isFields)
      .some((entry) => entry['type'] === type && entry['status'] === 'True')
  if (holds('Complete')) return 'Complete'
  if (holds('Failed')) return 'Failed'
  return holds('Suspended') ? 'Suspended' : 'Running'
}

function jobDuration(object: KubeObject, now: number): string {
  const start = status(object)['startTime']
  if (typeof start !== 'string') return ''
  const end = status(object)['completionTime']
  return humanDuration((typeof end === 'string' ? Date.parse(end) : now) - Date.parse(start))
}

function hpaTargets(object: KubeObject): string {
  const current = listAt(status(object), 'currentMetrics')
  const parts = listAt(spec(object), 'metrics').map((metric, index) => {
    const resource = fieldsAt(metric, 'resource')
    const target = fieldsAt(resource, 'target')
    const now = fieldsAt(fieldsAt(current[index], 'resource'), 'current')
    const measured = now['averageUtilization'] === undefined ? '<unknown>' : `${now['averageUtilization']}%`
    return `${resource['name']}: ${measured}/${target['averageUtilization'] ?? target['averageValue']}%`
  })
  return parts.length === 0 ? '<none>' : parts.join(', ')
}
