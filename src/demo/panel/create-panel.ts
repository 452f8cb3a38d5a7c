import type { AuditEntry } from '../../domain/timeline.ts'
import { faultOf, faults } from '../cluster/faults/index.ts'
import type { SimulatedCluster } from '../cluster/start.ts'
import type { FaultBoard } from '../fault-board.ts'
import type { DemoGit } from '../git/start.ts'
import { repository } from '../git/start.ts'
import type { Monitoring } from '../monitoring/start.ts'
import { storm } from '../monitoring/storm.ts'
import { onCall, type PagerIncident } from '../pagerduty/model.ts'
import type { SimulatedPagerDuty } from '../pagerduty/start.ts'
import type { Panel, PanelState } from '../slack/panel.ts'
import { panelCluster } from './cluster-state.ts'
import { recordLine } from './record-line.ts'

/** The systems that the panel shows and acts on. */
export type PanelParts = {
  readonly clusters: readonly SimulatedCluster[]
  readonly board: FaultBoard
  readonly git: DemoGit
  readonly pagerduty: SimulatedPagerDuty
  readonly monitoring: Monitoring
  /** The app's record, newest last; empty while it is not up. */
  readonly record: () => readonly AuditEntry[]
  readonly tour: () => NonNullable<PanelState['tour']>
}

/** A panel, and `refresh` for changes that it cannot hear of itself. */
export type LivePanel = Panel & { refresh(): void; stop(): void }

/** What breaks for a storm: a thousand alerts need one cause. */
const stormFault = 'bad-image-tag'

/** Changes are pushed at most this often, in ms. */
const every = 200

/** The side panel over the live systems. */
export const createPanel = (parts: PanelParts): LivePanel => {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  const refresh = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      for (const listener of listeners) listener()
    }, every)
  }
  const { clusters, git, pagerduty, monitoring, board } = parts
  const leave = [
    ...clusters.map((cluster) => cluster.store.subscribe(refresh)),
    git.subscribe(refresh),
    pagerduty.subscribe(refresh),
    monitoring.subscribe(refresh),
  ]
  return {
    state: () => stateOf(parts),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    actions: {
      fault: async ({ id = '', injected }) => {
        await board.set(id, injected === 'true')
        refresh()
      },
      merge: ({ number }) => git.merge(Number(number)),
      acknowledge: async ({ id = '' }) => void pagerduty.acknowledge(id),
      resolve: async ({ id = '' }) => void pagerduty.resolve(id),
      escalate: async ({ id = '' }) => {
        const incident = pagerduty.find(id)
        if (incident === undefined || pagerduty.escalate(id, incident.level + 1) === undefined)
          throw new Error('There is no further level.')
      },
      note: async ({ id = '' }) => pagerduty.note(id, 'Seen, looking at the dashboards.', onCall),
      storm: async () => {
        if (!board.injected().has(stormFault)) await board.set(stormFault, true)
        const { namespace = '', target } = faultOf(stormFault) ?? {}
        if (monitoring.storm({ namespace, deployment: target?.name ?? '' }) === undefined)
          throw new Error('A storm is blowing already; it ends after a minute.')
        refresh()
      },
      heal: async () => {
        for (const id of [...board.injected()]) await board.set(id, false)
        refresh()
      },
    },
    refresh,
    stop: () => {
      clearTimeout(timer)
      for (const unsubscribe of leave) unsubscribe()
    },
  }
}

/** What can be pressed at PagerDuty about an incident; each shows in its thread. */
const actionsOf = (id: string, status: PagerIncident['status']): NonNullable<PanelState['buttons']> =>
  status === 'resolved'
    ? []
    : [
        ...(status === 'triggered' ? [{ label: 'Acknowledge', action: 'acknowledge', args: { id } }] : []),
        { label: 'Escalate', action: 'escalate', args: { id } },
        { label: 'Add note', action: 'note', args: { id } },
        { label: 'Resolve', action: 'resolve', args: { id } },
      ]

const stateOf = ({ clusters, board, git, pagerduty, record, tour }: PanelParts): PanelState => {
  const injected = board.injected()
  return {
    title: 'Lab',
    clusters: clusters.map(panelCluster),
    faults: faults.map((fault) => ({
      id: fault.id,
      title: fault.title,
      description: fault.whatHappens,
      injected: injected.has(fault.id),
      gitOwned: fault.gitOwned,
    })),
    incidents: pagerduty
      .incidents()
      .map(({ id, number, title, status, urgency, notes, assignee, acknowledgedBy }) => ({
        id: String(number),
        who: acknowledgedBy === undefined ? `pages ${assignee.name}` : `acknowledged by ${acknowledgedBy.name}`,
        actions: actionsOf(id, status),
        title,
        status,
        urgency,
        url: `${pagerduty.url}/page/${id}`,
        notes: notes.map((note) => note.content),
      }))
      .reverse(),
    pullRequests: [...git.pullRequests()].reverse().map(({ number, title, state, url, diff }) => ({
      number,
      title,
      state,
      url,
      repository,
      diff,
      mergeable: state === 'open',
    })),
    tour: tour(),
    buttons: [
      { label: `Alert storm of ${storm.alerts.toLocaleString('en')}`, action: 'storm', args: {} },
      ...(injected.size > 1 ? [{ label: 'Heal everything', action: 'heal', args: {} }] : []),
    ],
    log: record().slice(-40).reverse().flatMap(recordLine),
  }
}
