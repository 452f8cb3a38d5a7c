import { promises as fs } from 'node:fs'
import type { Alert } from '../domain/alert.ts'
import type { Coverage, Unreadable } from '../domain/coverage.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { groupOf } from '../domain/object.ts'
import { redact } from '../domain/redact.ts'
import type { ViewInput } from './create-view.ts'
import { damagedObjects } from './damaged-objects.ts'
import { doctorDocument, reasonFrom, type SnapshotInfo, sourceNamed } from './doctor-documents.ts'
import { parseDocuments } from './documents.ts'
import { inferredGaps } from './inferred-gaps.ts'
import { isDumpLog, logNamed, readLog, splitDump } from './log-files.ts'
import { newestTime } from './newest-time.ts'
import { sourceOf } from './schema/kinds.ts'
import { objectFromJson } from './schema/object.ts'
import { isRecord, text } from './schema/shape.ts'
import type { ContainerLog, MetricSeries, WorkflowRun } from './view.ts'
import { codeOf, type Problem, type SnapshotFile, walkFiles } from './walk-files.ts'

/** A snapshot path that cannot be read at all. The message is for the person who typed it. */
export class SnapshotUnreadable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SnapshotUnreadable'
  }
}

/** What was gathered from the files so far. */
type Gathered = {
  readonly objects: KubeObject[]
  readonly logs: ContainerLog[]
  readonly metrics: MetricSeries[]
  readonly alerts: Alert[]
  readonly runs: WorkflowRun[]
  readonly infos: SnapshotInfo[]
  readonly refused: Unreadable[]
  readonly problems: Problem[]
}

const largestFile = 256 * 1024 * 1024

/**
 * Reads a snapshot from a file or a folder (SNAPSHOT.md). What is wrong with one file or document becomes a problem and
 * lowers coverage; it hides nothing else. Throws SnapshotUnreadable where the path is not there. Writes nothing.
 */
export const loadSnapshot = async (
  path: string,
): Promise<{ readonly view: ViewInput; readonly problems: readonly Problem[] }> => {
  const found = await walkFiles(path).catch((error: unknown) => {
    throw new SnapshotUnreadable(`cannot read the snapshot ${path}: ${codeOf(error)}`, { cause: error })
  })
  const gathered: Gathered = {
    objects: [],
    logs: [],
    metrics: [],
    alerts: [],
    runs: [],
    infos: [],
    refused: [],
    problems: [...found.problems],
  }
  for (const file of found.files) await readFile(file, found.single, gathered)
  const nothing = gathered.objects.length === 0 && gathered.alerts.length === 0 && gathered.runs.length === 0
  if (nothing && gathered.problems.every(({ foreign }) => foreign === true)) {
    gathered.problems.push({ file: '.', message: 'holds no Kubernetes object' })
  }
  return { view: viewInput(gathered), problems: gathered.problems }
}

const readFile = async (file: SnapshotFile, single: boolean, into: Gathered): Promise<void> => {
  try {
    const named = logNamed(file.name)
    if (named !== undefined) {
      into.logs.push(await readLog(file, named))
      return
    }
    const documents = single || /\.(?:ya?ml|json)$/i.test(file.name)
    if (!documents && !isDumpLog(file.name)) return
    if (file.size > largestFile) {
      into.problems.push({ file: file.name, message: 'is larger than 256 MiB' })
      return
    }
    await readText(await fs.readFile(file.path, 'utf8'), file.name, documents, into)
  } catch (error) {
    into.problems.push({ file: file.name, message: `cannot be read: ${codeOf(error)}` })
  }
}

const readText = async (body: string, file: string, documents: boolean, into: Gathered): Promise<void> => {
  const dump = body.includes('==== START logs for container') ? splitDump(body) : { logs: [], rest: body }
  into.logs.push(...dump.logs)
  if (!documents) return
  let started = performance.now()
  for (const document of parseDocuments(dump.rest)) {
    const place = { file, line: document.line }
    if ('error' in document) into.problems.push({ ...place, message: document.error })
    else take(document.value, place, into)
    if (performance.now() - started > 25) {
      await new Promise((resolve) => setImmediate(resolve))
      started = performance.now()
    }
  }
}

type Place = { readonly file: string; readonly line: number }

const take = (value: unknown, place: Place, into: Gathered): void => {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) {
    for (const one of value) take(one, place, into)
    return
  }
  if (isRecord(value) && !('kind' in value) && !('apiVersion' in value) && !('metadata' in value)) {
    into.problems.push({ ...place, message: 'left out: it is not a Kubernetes object', foreign: true })
    return
  }
  if (!isRecord(value) || typeof value['kind'] !== 'string') {
    into.problems.push({ ...place, message: 'is not a Kubernetes object: it has no kind' })
    return
  }
  const kind = value['kind']
  const apiVersion = text.json(value['apiVersion']) ?? ''
  if (groupOf(apiVersion) === 'clusterdoctor.dev') takeDoctorDocument(value, place, into)
  else if (kind === 'Status') takeStatus(value, place, into)
  else if (kind.endsWith('List') && 'items' in value) takeList(value, kind, apiVersion, place, into)
  else takeObject(value, {}, place, into)
}

const takeObject = (
  value: unknown,
  type: { readonly apiVersion?: string; readonly kind?: string },
  place: Place,
  into: Gathered,
): void => {
  const object = objectFromJson(value, type)
  if (object !== undefined) into.objects.push(object)
  else {
    const kind = isRecord(value) && typeof value['kind'] === 'string' ? value['kind'] : (type.kind ?? 'object')
    into.problems.push({ ...place, message: `has a ${kind.slice(0, 80)} without metadata.name` })
  }
}

const takeList = (
  value: Record<string, unknown>,
  kind: string,
  apiVersion: string,
  place: Place,
  into: Gathered,
): void => {
  const items = value['items']
  if (items === null) return
  if (!Array.isArray(items)) {
    into.problems.push({ ...place, message: `is a ${kind.slice(0, 80)} whose items are not a list` })
    return
  }
  const ofKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length)
  for (const item of items) {
    const nested = isRecord(item) && typeof item['kind'] === 'string'
    if (nested || ofKind === undefined) take(item, place, into)
    else takeObject(item, { apiVersion, kind: ofKind }, place, into)
  }
}

/** The API server's refusal, saved in place of what was asked for. */
const takeStatus = (value: Record<string, unknown>, place: Place, into: Gathered): void => {
  const details = isRecord(value['details']) ? value['details'] : {}
  const source = text.json(details['kind'])
  const message = redact(text.json(value['message']) ?? '').slice(0, 300)
  if (source === undefined) into.problems.push({ ...place, message: `is a refusal of the API server: ${message}` })
  else {
    const reason = reasonFrom(text.json(value['reason']) ?? String(value['code'] ?? ''))
    into.refused.push({ source: sourceNamed(source), reason, message })
  }
}

const takeDoctorDocument = (value: Record<string, unknown>, place: Place, into: Gathered): void => {
  const read = doctorDocument(value)
  switch (read.kind) {
    case 'info':
      into.infos.push(read.info)
      break
    case 'log':
      into.logs.push(read.log)
      break
    case 'series':
      into.metrics.push(read.series)
      break
    case 'alert':
      into.alerts.push(read.alert)
      break
    case 'run':
      into.runs.push(read.run)
      break
    case 'problem':
      into.problems.push({ ...place, message: read.message })
  }
}

const viewInput = (gathered: Gathered): ViewInput => {
  const { objects, logs, metrics, alerts, runs, infos } = gathered
  const info = infos.find((one) => one.cluster !== undefined || one.now !== undefined) ?? infos[0]
  const version = infos.map((one) => one.kubernetesVersion).find((one) => one !== undefined)
  return {
    cluster: info?.cluster ?? 'snapshot',
    now: info?.now ?? newestTime({ objects, metrics, alerts, runs }),
    ...(version === undefined ? {} : { kubernetesVersion: version }),
    coverage: coverageOf(gathered),
    read: 'files',
    objects,
    logs,
    metrics,
    alerts,
    workflowRuns: runs,
  }
}

const coverageOf = ({ objects, logs, metrics, alerts, runs, infos, refused, problems }: Gathered): Coverage => {
  const kinds = new Set(objects.map((object) => object.kind))
  const checked = new Set([...kinds].map(sourceOf))
  if (logs.length > 0) checked.add('logs')
  if (metrics.length > 0) checked.add('metrics')
  if (alerts.length > 0) checked.add('alerts')
  if (runs.length > 0) checked.add('workflow-runs')
  const unavailable = [
    ...infos.flatMap((info) => info.unavailable),
    ...refused,
    ...problems
      .filter(({ foreign }) => foreign !== true)
      .map(({ file, line, message }): Unreadable => {
        const place = line === undefined ? file : `${file}:${line}`
        return { source: place, reason: 'malformed', message: `${place} ${redact(message)}` }
      }),
  ]
  const known = new Set(unavailable.map(({ source }) => source))
  unavailable.push(...inferredGaps(objects).filter(({ source }) => !known.has(source)), ...damagedObjects(objects))
  for (const one of unavailable) checked.delete(one.source)
  const distinct = new Map(unavailable.map((one) => [`${one.source} ${one.reason}`, one]))
  return {
    checked: [...checked].sort(),
    unavailable: [...distinct.values()].sort((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0)),
  }
}
