import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import type { Container } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, rolloutChange, rolloutFacts, severityFor } from './reading/by-workload.ts'
import { configObjects, envNames, usesOf } from './reading/config-sources.ts'
import { type ContainerFailure, containerFailures, isUnwellBySelf } from './reading/container-failures.ts'
import { common, endText, evidenceOf, lookFurther, quotes, undoStep, unitText } from './reading/failure-text.ts'
import { staleSource } from './reading/stale-source.ts'

type Told = {
  readonly what: string
  readonly name?: string
  readonly near?: string
  readonly fix: readonly string[]
  readonly confidence: number
}

const variable = (view: ClusterView, failure: ContainerFailure, name: string, missing: boolean): Told => {
  const { container } = failure.unit
  const names = envNames(view, failure.pod.metadata.namespace ?? '', container)
  const set = names.includes(name)
  const near = set ? undefined : nearestName(name, names)
  const command = kubectl(failure.workload.ref, 'set env', `-c ${failure.unit.name} ${name}=VALUE`)
  const state = set ? 'is set in the pod spec, but the process does not accept its value' : 'is not set in the pod spec'
  return {
    what: `environment variable ${name} ${missing && !set ? 'is missing' : missing ? 'is missing or empty' : 'is malformed'} (${state}${near === undefined ? '' : `; ${near} is: did you mean that?`})`,
    name,
    ...(near === undefined ? {} : { near }),
    fix: [
      near === undefined ? `Set it: ${command}` : `Rename ${near} to ${name} where it is set, or set it: ${command}`,
      'Where it should come from a ConfigMap or Secret, add the key there and reference it with valueFrom or envFrom.',
    ],
    confidence: set || !missing ? 0.8 : 0.9,
  }
}

/** The ConfigMap or Secret that is mounted where a file is missed, with the key that it has instead. */
const mountedInstead = (view: ClusterView, failure: ContainerFailure, path: string) => {
  const namespace = failure.pod.metadata.namespace ?? ''
  const use = usesOf(failure.pod, failure.unit.container, namespace).find(
    (one) => one.as !== undefined && (path === one.as || path.startsWith(`${one.as.replace(/\/$/, '')}/`)),
  )
  if (use === undefined) return undefined
  const keys =
    use.ref.kind === 'Secret'
      ? (view.get('Secret', namespace, use.ref.name)?.keys ?? [])
      : Object.keys(view.get('ConfigMap', namespace, use.ref.name)?.data ?? {})
  return { use, keys, near: nearestName(path.split('/').at(-1) ?? path, keys) }
}

const file = (view: ClusterView, failure: ContainerFailure, name: string | undefined, missing: boolean): Told => {
  const mount = name === undefined || !missing ? undefined : mountedInstead(view, failure, name)
  const has =
    mount === undefined
      ? ''
      : `${mount.use.ref.kind} ${mount.use.ref.name} is mounted there and has ${mount.keys.length === 0 ? 'no such key' : `only ${some([...mount.keys].sort(), 5)}`}${mount.near === undefined ? '' : `; did you mean ${mount.near}?`}`
  const where =
    name === undefined || !missing ? '' : ` (${mount === undefined ? 'no ConfigMap or Secret is mounted there' : has})`
  return {
    what: `configuration file${name === undefined ? '' : ` ${name}`} ${missing ? `is missing${where}` : 'cannot be read as configuration'}`,
    ...(name === undefined ? {} : { name }),
    ...(mount?.near === undefined ? {} : { near: mount.near }),
    fix: [
      missing
        ? `Mount a ConfigMap or Secret that holds it, with the right key and mountPath: ${kubectl(failure.workload.ref, 'edit')}`
        : 'Correct the file in its ConfigMap or Secret, and check it with the tool of its format before it is applied.',
    ],
    confidence: name === undefined ? 0.75 : 0.85,
  }
}

const tellConfig = (view: ClusterView, failure: ContainerFailure): Told | undefined => {
  if (failure.sign?.kind !== 'config') return undefined
  const { kind, what, name } = failure.sign.problem
  const missing = what === 'missing'
  if (kind === 'variable' && name !== undefined) return variable(view, failure, name, missing)
  if (kind === 'file') return file(view, failure, name, missing)
  if (kind === 'flag') {
    const given = [...(failure.unit.container?.command ?? []), ...(failure.unit.container?.args ?? [])]
    return {
      what: `command-line ${name ?? 'argument'} is ${missing ? 'missing' : 'not accepted'}${given.length === 0 ? '' : ` (arguments: ${some(given, 6).slice(0, 120)})`}`,
      ...(name === undefined ? {} : { name }),
      fix: [`Correct command or args of container ${failure.unit.name}: ${kubectl(failure.workload.ref, 'edit')}`],
      confidence: 0.85,
    }
  }
  return {
    what: `${name === undefined ? 'a setting' : `setting ${name}`} is ${missing ? 'missing' : 'invalid'}`,
    ...(name === undefined ? {} : { name }),
    fix: [
      `Correct it where the container reads it (env, ConfigMap, Secret, args): ${kubectl(failure.workload.ref, 'edit')}`,
    ],
    confidence: 0.75,
  }
}

const tellCredentials = (failure: ContainerFailure): Told | undefined => {
  if (failure.sign?.kind !== 'credentials') return undefined
  const { user, host } = failure.sign
  return {
    what: `its credentials are rejected${user === undefined ? '' : ` for user ${user}`}${host === undefined ? '' : ` by ${host}`}`,
    fix: [
      'Compare the user and password in the Secret with those that the server knows; set the right ones, then restart the workload.',
      kubectl(failure.workload.ref, 'rollout restart'),
    ],
    confidence: 0.75,
  }
}

const tellTls = (failure: ContainerFailure): Told | undefined => {
  const { sign } = failure
  if (sign?.kind !== 'certificate' || sign.problem === 'expired') return undefined
  const peer = sign.host === undefined ? 'its peer' : sign.host
  const what = {
    untrusted: `it does not trust the certificate of ${peer}: the issuing CA is missing from its trust store`,
    'wrong-name': `it calls ${peer} by a name that the certificate does not cover`,
    'not-yet-valid': `the certificate of ${peer} is not valid yet (or a clock is wrong)`,
  }[sign.problem]
  return {
    what,
    fix: [
      sign.problem === 'untrusted'
        ? 'Mount the CA that issued the certificate and point the process at it; do not switch verification off.'
        : 'Use a host name that the certificate covers, or issue one with this name.',
    ],
    confidence: 0.75,
  }
}

const sources = (container: Container | undefined, ns: string, pod: ContainerFailure['pod']): readonly ObjectRef[] =>
  configObjects(pod, container, ns)

const findingOf = (view: ClusterView, group: Group<ContainerFailure>): Finding | undefined => {
  const { first, workload } = group
  if (staleSource(view, first.pod, first.unit, first.sign) !== undefined) return undefined
  const told = tellConfig(view, first) ?? tellCredentials(first) ?? tellTls(first)
  if (told === undefined) return undefined
  const [line] = quotes(first, 1)
  const change = rolloutChange(view, workload, first.unit.name, ['env', 'args', 'command', 'image'])
  const configs = sources(first.unit.container, first.pod.metadata.namespace ?? '', first.pod)
  const [config] = configs
  return {
    code: 'app-config-invalid',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${unitText(first.unit)} ends because ${told.what} (${endText(first)}); its log: ${line ?? ''}`,
    evidence: evidenceOf(group),
    confidence: told.confidence,
    ...common(view, group),
    ...(configs.length === 0 ? {} : { dependsOn: configs }),
    ...(change === undefined ? {} : { change }),
    fix: [...told.fix, ...undoStep(group), lookFurther(first)[0] ?? ''],
    prevention: [
      'Validate the configuration at build or deploy time (a schema, a --check flag) and fail before the old pods go.',
    ],
    facts: {
      container: first.unit.name,
      ...(told.name === undefined ? {} : { setting: told.name }),
      ...(told.near === undefined ? {} : { nearestKey: told.near }),
      ...(config === undefined ? {} : { configObject: `${config.kind}/${config.name}` }),
      ...(first.unit.container?.image === undefined ? {} : { image: first.unit.container.image }),
      ...rolloutFacts(view, workload, first.unit.name),
    },
  }
}

/** Processes that end because a setting, flag, file, variable or credential is missing or wrong, by their own words. */
export const analyzer: Analyzer = {
  id: 'app-config-invalid',
  codes: ['app-config-invalid'],
  needs: ['pods', 'logs'],
  analyze: (view) => {
    const causes = new Set<ContainerFailure['cause']>(['config', 'credentials', 'certificate'])
    const failures = containerFailures(view).filter(
      (one) => causes.has(one.cause) || (one.sign !== undefined && causes.has(one.sign.kind) && isUnwellBySelf(one)),
    )
    return byWorkload(failures, (one) => one.unit.name).flatMap((group) => findingOf(view, group) ?? [])
  },
}
