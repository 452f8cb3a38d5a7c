import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { refOf, type Service } from '../domain/kubernetes.ts'
import { portsNamed } from '../domain/named-services.ts'
import { refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lacksPort } from '../domain/service-port.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { destinationOf, failedFlows } from './reading/failed-flows.ts'
import { isUnwell, neededServices, type Setting, settingsOf } from './reading/needed-services.ts'

type Wrong = {
  readonly workload: Workload
  readonly service: Service
  readonly port: number
  readonly evidence: readonly Observation[]
  readonly setting?: Setting
  readonly logged: boolean
}

const settingFor = (view: ClusterView, workload: Workload, service: Service, port: number): Setting | undefined => {
  const named = { name: service.metadata.name, namespace: service.metadata.namespace ?? '' }
  return settingsOf(view, workload).find((one) => portsNamed(one.text, named).includes(port))
}

const fromLogs = (view: ClusterView): readonly Wrong[] =>
  failedFlows(view).flatMap((flow) => {
    const to = destinationOf(view, flow)
    if (
      flow.kind === 'resolve' ||
      flow.port === undefined ||
      to?.kind !== 'service' ||
      !lacksPort(to.service, flow.port)
    )
      return []
    const workload = view.workloadOf(flow.pod)
    const setting = settingFor(view, workload, to.service, flow.port)
    return [
      {
        workload,
        service: to.service,
        port: flow.port,
        evidence: [observe('log', refOf(flow.pod), short(flow.line, 260))],
        ...(setting === undefined ? {} : { setting }),
        logged: true,
      },
    ]
  })

const fromSettings = (view: ClusterView): readonly Wrong[] =>
  view.workloads
    .filter((workload) => workload.ref.kind !== 'ReplicaSet' && isUnwell(view, workload))
    .flatMap((workload) =>
      neededServices(view, workload).flatMap(({ service, named }) => {
        const texts = settingsOf(view, workload)
        return texts.flatMap((setting) =>
          portsNamed(setting.text, named)
            .filter((port) => lacksPort(service, port))
            .map((port) => ({ workload, service, port, evidence: [], setting, logged: false })),
        )
      }),
    )

const findingOf = ({ workload, service, port, evidence, setting, logged }: Wrong): Finding => {
  const have = (service.spec?.ports ?? []).flatMap((one) => one.port ?? [])
  const only = have.length === 1 ? have[0] : undefined
  const where = setting === undefined ? '' : ` (${setting.where})`
  return {
    code: 'app-config-invalid',
    severity: 'critical',
    object: workload.ref,
    summary: `${refText(workload.ref)} calls Service ${service.metadata.name} at port ${port}${where}, but it only has ${some(have.map(String))}${only === undefined ? '' : `; did you mean ${only}?`}`,
    evidence: [
      ...(setting === undefined
        ? []
        : [observe('spec', workload.ref, `${setting.where}: ${short(setting.text, 160)}`)]),
      ...evidence,
      observe('spec', refOf(service), `Service ports: ${have.join(', ')}`),
    ],
    confidence: logged ? (setting === undefined ? 0.82 : 0.92) : 0.72,
    affects: [workload.ref],
    fix: [
      `Set the port to ${only ?? some(have.map(String))} in ${setting?.where ?? 'the settings of the workload'}: kubectl -n ${workload.ref.namespace ?? ''} edit ${workload.ref.kind.toLowerCase()} ${workload.ref.name}`,
    ],
    facts: {
      port: String(port),
      ...(only === undefined ? {} : { suggestedPort: String(only) }),
      ...(setting === undefined ? {} : { key: setting.where.replace(/^env /, '') }),
    },
  }
}

/** Workloads that are told to reach a Service at a port which it does not have, and that fail over it. */
export const analyzer: Analyzer = {
  id: 'client-port',
  codes: ['app-config-invalid'],
  needs: ['services', 'pods'],
  analyze: (view) => {
    const found = new Map<string, Wrong>()
    for (const wrong of [...fromLogs(view), ...fromSettings(view)]) {
      const key = `${refKey(wrong.workload.ref)} ${refKey(refOf(wrong.service))} ${wrong.port}`
      if (!found.has(key)) found.set(key, wrong)
    }
    return [...found.values()].map(findingOf)
  },
}
