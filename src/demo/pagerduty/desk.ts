import { type EventType, onCall, type PagerIncident, type Trigger } from './model.ts'

/** The incidents and what can be done with them. Each operation throws where there is no such incident. */
export type Desk = {
  incidents(): readonly PagerIncident[]
  find(id: string): PagerIncident | undefined
  /** Opens an incident, or returns the open one of that key. */
  trigger(trigger: Trigger): PagerIncident
  acknowledge(id: string): PagerIncident
  resolve(id: string): PagerIncident
  note(id: string, content: string, by: string): void
}

/** An empty desk; `heard` is told of every event right after it happened. */
export const createDesk = (heard: (event: EventType, incident: PagerIncident) => void): Desk => {
  const kept = new Map<string, PagerIncident>()
  let number = 4_711
  const keep = (incident: PagerIncident, event: EventType): PagerIncident => {
    kept.set(incident.id, incident)
    heard(event, incident)
    return incident
  }
  const known = (id: string): PagerIncident => {
    const incident = kept.get(id)
    if (incident === undefined) throw new Error(`there is no PagerDuty incident ${id}`)
    return incident
  }
  const move = (id: string, status: 'acknowledged' | 'resolved'): PagerIncident => {
    const incident = known(id)
    const ended = incident.status === 'resolved' || incident.status === status
    return ended ? incident : keep({ ...incident, status }, status)
  }
  return {
    incidents: () => [...kept.values()],
    find: (id) => kept.get(id),
    trigger: (wanted) => {
      const open = [...kept.values()].find((each) => each.key === wanted.key && each.status !== 'resolved')
      if (open !== undefined) return open
      const id = `Q${String(number).padStart(13, '0')}`
      const createdAt = new Date().toISOString()
      const made = { ...wanted, id, number, status: 'triggered', assignee: onCall, createdAt, notes: [] } as const
      number += 1
      return keep(made, 'triggered')
    },
    acknowledge: (id) => move(id, 'acknowledged'),
    resolve: (id) => move(id, 'resolved'),
    note: (id, content, by) => {
      const incident = known(id)
      const note = { id: `N${incident.notes.length + 1}`, content, by, at: new Date().toISOString() }
      keep({ ...incident, notes: [...incident.notes, note] }, 'annotated')
    },
  }
}
