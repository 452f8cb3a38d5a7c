import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import type { Pod } from '../domain/kubernetes.ts'
import type { PodContainer } from '../domain/pod-containers.ts'
import { some } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import {
  byWorkload,
  type Group,
  named,
  podRefs,
  rolloutChange,
  rolloutFacts,
  severityFor,
} from './reading/by-workload.ts'
import { containerFailures } from './reading/container-failures.ts'
import { common, evidenceOf, undoStep, unitText } from './reading/failure-text.ts'
import { startFailures } from './reading/start-failures.ts'
import { startCommon, startEvidence } from './reading/start-text.ts'

type One = { readonly pod: Pod; readonly workload: Workload; readonly unit: PodContainer }

const architectureOf = (view: ClusterView, pod: Pod): string | undefined => {
  const node = pod.spec?.nodeName === undefined ? undefined : view.get('Node', undefined, pod.spec.nodeName)
  return node?.status?.nodeInfo?.architecture ?? node?.metadata.labels?.['kubernetes.io/arch']
}

// The same image ready on another architecture says for which one it was built.
const worksOn = (view: ClusterView, image: string | undefined): readonly string[] => [
  ...new Set(
    view
      .all('Pod')
      .flatMap((pod) =>
        (pod.status?.containerStatuses ?? []).some(
          (one) => one.ready === true && pod.spec?.containers?.find((c) => c.name === one.name)?.image === image,
        )
          ? (architectureOf(view, pod) ?? [])
          : [],
      ),
  ),
]

const findingOf = (
  view: ClusterView,
  group: Group<One>,
  evidence: readonly Observation[],
  shared: Partial<Finding>,
  confidence: number,
): Finding => {
  const { first, workload } = group
  const image = first.unit.container?.image
  const architecture = architectureOf(view, first.pod)
  const nodes = [...new Set(group.all.flatMap((one) => one.pod.spec?.nodeName ?? []))]
  const other = worksOn(view, image).filter((one) => one !== architecture)
  const change = rolloutChange(view, workload, first.unit.name, ['image'])
  return {
    code: 'image-platform-mismatch',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${unitText(first.unit)} ends with "exec format error": image ${image ?? '?'} is not built for ${architecture ?? 'the architecture'} of node ${some(nodes, 2)}${other.length === 0 ? '' : ` (it runs on ${other.join(', ')})`}`,
    evidence,
    confidence,
    affects: podRefs(group.all),
    ...shared,
    ...(change === undefined ? {} : { change }),
    fix: [
      `Build the image for ${architecture ?? 'the node'} too: docker buildx build --platform linux/amd64,linux/arm64 -t ${image ?? 'IMAGE'} --push .`,
      `Or keep the pods on nodes of the image's architecture: nodeSelector kubernetes.io/arch${other[0] === undefined ? '' : `: ${other[0]}`}`,
      'Where the command is a script: its first line (#!) has to name an interpreter that the image holds.',
      ...undoStep(group),
    ],
    prevention: ['Build multi-platform images, and pin architectures with node selectors until they exist.'],
    facts: {
      container: first.unit.name,
      ...(image === undefined ? {} : { image }),
      ...(architecture === undefined ? {} : { architecture }),
      ...rolloutFacts(view, workload, first.unit.name),
    },
  }
}

/** Binaries that the CPU of the node cannot run, by `exec format error` at start or in the log. */
export const analyzer: Analyzer = {
  id: 'image-platform-mismatch',
  codes: ['image-platform-mismatch'],
  needs: ['pods'],
  analyze: (view) => [
    ...byWorkload(
      startFailures(view).filter((one) => one.problem.kind === 'platform'),
      (one) => one.unit.name,
    ).map((group) => {
      const { confidence, ...shared } = startCommon(view, group)
      return findingOf(view, group, startEvidence(group), shared, confidence)
    }),
    ...byWorkload(
      containerFailures(view).filter((one) => one.cause === 'platform'),
      (one) => one.unit.name,
    ).map((group) => findingOf(view, group, evidenceOf(group), common(view, group), 0.85)),
  ],
}
