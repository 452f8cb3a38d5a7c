import { canonicalQuantity, quantity } from '../schema/quantity.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../types.ts'

/** Sets a field where it is not set. */
export function preset(target: Fields, values: Fields): void {
  for (const [key, value] of Object.entries(values))
    if (target[key] === undefined || target[key] === null) target[key] = value
}

/** The defaults of a pod template's or pod's spec, in place, as the real server writes them. */
export function defaultPodSpec(spec: Fields): void {
  preset(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  })
  if (typeof spec['serviceAccountName'] === 'string') preset(spec, { serviceAccount: spec['serviceAccountName'] })
  else if (typeof spec['serviceAccount'] === 'string') preset(spec, { serviceAccountName: spec['serviceAccount'] })
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')])
    if (isFields(container)) defaultContainer(container)
  for (const volume of listAt(spec, 'volumes')) if (isFields(volume)) defaultVolume(volume)
  for (const toleration of listAt(spec, 'tolerations')) if (isFields(toleration)) toleration['operator'] ??= undefined
}

function defaultContainer(container: Fields): void {
  preset(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(String(container['image'] ?? '')),
  })
  for (const port of listAt(container, 'ports')) if (isFields(port)) preset(port, { protocol: 'TCP' })
  defaultResources(fieldsAt(container, 'resources'))
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name]
    if (!isFields(probe)) continue
    preset(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
    if (isFields(probe['httpGet'])) preset(probe['httpGet'], { path: '/', scheme: 'HTTP' })
    if (isFields(probe['grpc'])) preset(probe['grpc'], { service: '' })
  }
  for (const hook of Object.values(fieldsAt(container, 'lifecycle'))) {
    if (isFields(hook) && isFields(hook['httpGet'])) preset(hook['httpGet'], { path: '/', scheme: 'HTTP' })
  }
  for (const variable of listAt(container, 'env')) {
    const from = fieldsAt(variable, 'valueFrom')
    if (isFields(from['fieldRef'])) preset(from['fieldRef'], { apiVersion: 'v1' })
    if (isFields(from['resourceFieldRef'])) preset(from['resourceFieldRef'], { divisor: '0' })
  }
}

/** Limits without requests become requests; quantities take their canonical form. */
export function defaultResources(resources: Fields): void {
  for (const part of ['limits', 'requests']) {
    const list = resources[part]
    if (isFields(list))
      for (const [name, value] of Object.entries(list)) list[name] = wholeMilli(canonicalQuantity(value))
  }
}

/** Nothing finer than a thousandth is kept. */
function wholeMilli(value: unknown): unknown {
  return typeof value === 'string' && /[nu]$/.test(value) ? `${Math.ceil(quantity(value) * 1000)}m` : value
}

/** On pods (not on templates) a limit without a request is also the request. */
export function defaultRequests(spec: Fields): void {
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
    const resources = fieldsAt(container, 'resources')
    const limits = resources['limits']
    if (isFields(limits)) resources['requests'] = { ...limits, ...fieldsAt(resources, 'requests') }
  }
}

function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = image.split('/').at(-1)?.split(':')[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultVolume(volume: Fields): void {
  const sources = ['secret', 'configMap', 'downwardAPI', 'projected']
  for (const source of sources) if (isFields(volume[source])) preset(volume[source], { defaultMode: 420 })
  if (isFields(volume['hostPath'])) preset(volume['hostPath'], { type: '' })
  if (isFields(volume['iscsi'])) preset(volume['iscsi'], { iscsiInterface: 'default' })
  for (const source of listAt(volume['projected'], 'sources')) {
    const token = fieldsAt(source, 'serviceAccountToken')
    if (Object.keys(token).length > 0) preset(token, { expirationSeconds: 3600 })
  }
  for (const item of listAt(volume['downwardAPI'], 'items')) {
    const reference = fieldsAt(item, 'fieldRef')
    if (Object.keys(reference).length > 0) preset(reference, { apiVersion: 'v1' })
  }
  const sourceNames = Object.keys(volume).filter((key) => key !== 'name')
  if (sourceNames.length === 0) volume['emptyDir'] = {}
}
