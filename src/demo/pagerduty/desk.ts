import {
  type EventType,
  type Happened,
  onCall,
  type PagerIncident,
  policy,
  type Responder,
  type Trigger,
} from './model.ts'

/** The incidents and what can be done with them, by whom. Each operation throws where there is no such incident. */
export type Desk = {
  incidents(): readonly PagerIncident[]
  find(id: string): PagerIncident | undefined
  /** Opens an incident, or returns the open one of that key. */
  trigger(trigger: Trigger): PagerIncident
  acknowledge(id: string, by?: Responder): PagerIncident
  /** The acknowledgement ran out, as it does after half an hour. */
  unacknowledge(id: string): PagerIncident
  /** Moves it to this level of the policy; undefined where there is none. */
  escalate(id: string, level: number, by?: Responder): PagerIncident | undefined
  assign(id: string, to: Responder, by?: Responder): PagerIncident
  resolve(id: string, by?: Responder): PagerIncident
  note(id: string, content: string, by: Responder): void
}

/** An empty desk; `heard` is told of every event right after it happened. Whoever is not named did it as the one on call. */
export const createDesk = (heard: (happened: Happened) => void): Desk => {
  const kept = new Map<string, PagerIncident>()
  let number = 4_711
  const keep = (incident: PagerIncident, type: EventType, by: Responder): PagerIncident => {
    kept.set(incident.id, incident)
    heard({ type, incident, by })
    return incident
  }
  const known = (id: string): PagerIncident => {
    const incident = kept.get(id)
    if (incident === undefined) throw new Error(`there is no PagerDuty incident ${id}`)
    return incident
  }
  const open = (id: string, change: (incident: PagerIncident) => PagerIncident): PagerIncident => {
    const incident = known(id)
    return incident.status === 'resolved' ? incident : change(incident)
  }
  return {
    incidents: () => [...kept.values()],
    find: (id) => kept.get(id),
    trigger: (wanted) => {
      const same = [...kept.values()].find((each) => each.key === wanted.key && each.status !== 'resolved')
      if (same !== undefined) return same
      const id = `Q${String(number).padStart(13, '0')}`
      const createdAt = new Date().toISOString()
      const made = {
        ...wanted,
        id,
        number,
        status: 'triggered',
        assignee: onCall,
        level: 1,
        createdAt,
        notes: [],
      } as const
      number += 1
      return keep(made, 'triggered', onCall)
    },
    acknowledge: (id, by = onCall) =>
      open(id, (incident) =>
        incident.status === 'acknowledged'
          ? incident
          : keep({ ...incident, status: 'acknowledged', acknowledgedBy: by }, 'acknowledged', by),
      ),
    unacknowledge: (id) =>
      open(id, ({ acknowledgedBy: by, ...incident }) =>
        by === undefined ? incident : keep({ ...incident, status: 'triggered' }, 'unacknowledged', by),
      ),
    escalate: (id, level, by = onCall) => {
      const to = policy.levels[level - 1]?.who
      if (to === undefined) return undefined
      return open(id, ({ acknowledgedBy: _, ...incident }) =>
        keep({ ...incident, status: 'triggered', level, assignee: to }, 'escalated', by),
      )
    },
    assign: (id, to, by = onCall) =>
      open(id, ({ acknowledgedBy: _, ...incident }) =>
        incident.assignee.id === to.id
          ? incident
          : keep({ ...incident, status: 'triggered', assignee: to }, 'reassigned', by),
      ),
    resolve: (id, by = onCall) => open(id, (incident) => keep({ ...incident, status: 'resolved' }, 'resolved', by)),
    note: (id, content, by) => {
      const incident = known(id)
      const note = {
        id: `PNOTE${incident.number}${incident.notes.length + 1}`,
        content,
        by,
        at: new Date().toISOString(),
      }
      keep({ ...incident, notes: [...incident.notes, note] }, 'annotated', by)
    },
  }
}
