import { text } from '../web-page.ts'
import type { PagerIncident } from './model.ts'

/** The page behind “Open in PagerDuty”: one incident as it is now, as HTML. */
export const incidentPage = (
  incident: PagerIncident | undefined,
): { readonly status: number; readonly title: string; readonly body: string } => {
  if (incident === undefined)
    return { status: 404, title: 'No such incident', body: '<p>There is no such incident.</p>' }
  const notes = incident.notes.map(
    (note) => `<li>${text(note.content)} <small>${text(note.by.name)}, ${text(note.at)}</small></li>`,
  )
  const body = `<p><b class="${incident.status}">${incident.status}</b> · ${incident.urgency} urgency · ${text(incident.priority)} · ${text(incident.service)}</p>
<p>Level ${incident.level} of the escalation policy. Assigned to ${text(incident.assignee.name)}, opened ${text(incident.createdAt)}</p>
${buttons(incident)}<h2>Notes</h2>${notes.length === 0 ? '<p>None yet.</p>' : `<ul>${notes.join('')}</ul>`}`
  return { status: 200, title: `#${incident.number} ${incident.title}`, body }
}

/** What a responder can do on the page; each shows in the thread as what it does by the API. */
export const pageActions = {
  acknowledge: 'Acknowledge',
  escalate: 'Escalate',
  note: 'Add a note',
  resolve: 'Resolve',
} as const

const buttons = ({ id, status }: PagerIncident): string =>
  Object.entries(pageActions)
    .filter(([what]) => status !== 'resolved' && (what !== 'acknowledge' || status === 'triggered'))
    .map(
      ([what, label]) =>
        `<form method="post" action="/page/${text(id)}/${what}" style="display:inline"><button>${label}</button></form> `,
    )
    .join('')
