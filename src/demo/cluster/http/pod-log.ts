import { badRequest, type FieldError, invalid } from '../registry/errors.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'
import type { Api, LogOptions } from './api.ts'
import type { Served } from './read.ts'
import type { Reply } from './reply.ts'
import { isTrue, type RequestInfo } from './request-info.ts'
import { methodNotAllowed } from './write.ts'

/** GET pods/NAME/log. */
export function podLog(api: Api, info: RequestInfo, target: Served): Reply {
  if (info.method !== 'GET') throw methodNotAllowed()
  const pod = api.registry.get(target.resource, target.namespace, target.name ?? '')
  const options = optionsOf(info, pod)
  const container = containerOf(pod, info.query.get('container') ?? '')
  if (!fieldsAt(pod, 'spec')['nodeName']) return { code: 204, type: '', body: Buffer.alloc(0) }
  return { code: 200, type: 'text/plain', body: Buffer.from(api.agents.logs(pod, container, options)) }
}

function optionsOf(info: RequestInfo, pod: KubeObject): LogOptions {
  const { query } = info
  const errors: FieldError[] = []
  const whole = (name: string, least: number): number | undefined => {
    const value = query.get(name)
    if (value === null || value === '') return undefined
    if (!/^-?[0-9]+$/.test(value))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
    const number = Number(value)
    if (number < least)
      errors.push({
        type: 'FieldValueInvalid',
        field: name,
        value: number,
        detail: `must be greater than${least === 0 ? ' or equal to 0' : ' 0'}`,
      })
    return number
  }
  const options = {
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    tailLines: whole('tailLines', 0),
    limitBytes: whole('limitBytes', 1),
    sinceSeconds: whole('sinceSeconds', 1),
    sinceTime: query.get('sinceTime') ?? undefined,
  }
  if (options.sinceSeconds !== undefined && options.sinceTime !== undefined) {
    errors.push({
      type: 'FieldValueForbidden',
      field: '',
      detail: 'at most one of `sinceTime` or `sinceSeconds` may be specified',
    })
  }
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod.metadata.name, errors)
  return options
}

function containerOf(pod: KubeObject, asked: string): string {
  const spec = fieldsAt(pod, 'spec')
  const names = (key: string): string[] =>
    listAt(spec, key)
      .filter(isFields)
      .map((entry: Fields) => String(entry['name']))
  const [containers, init, ephemeral] = [names('containers'), names('initContainers'), names('ephemeralContainers')]
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`)
  }
  const marked = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (marked !== undefined && containers.includes(marked)) return marked
  const [first = '', second] = containers
  if (second === undefined) return first
  const choices =
    init.length === 0
      ? `[${containers.join(' ')}]`
      : `[${containers.join(' ')}] or one of the init containers: [${init.join(' ')}]`
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: ${choices}`)
}
