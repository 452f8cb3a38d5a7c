import type { ServerResponse } from 'node:http'
import { sendPage, text } from '../web-page.ts'
import { type ActedRun, jobText } from './actions/model.ts'

/** The page of a workflow run for people: its steps and what they wrote. */
export const sendRunPage = (response: ServerResponse, run: ActedRun | undefined): void => {
  if (run === undefined) {
    sendPage(response, 404, 'Not found', '')
    return
  }
  const state = run.conclusion ?? run.status
  const jobs = run.jobs.map(
    (job) =>
      `<h2>${text(job.name)}: ${text(job.conclusion)}</h2><pre>${text(jobText(job).replace('\ufeff', ''))}</pre>`,
  )
  sendPage(
    response,
    200,
    `${run.workflow.name} #${run.id}`,
    `<p><b class="${state === 'success' ? 'resolved' : 'triggered'}">${text(state)}</b> · <code>${text(run.sha.slice(0, 12))}</code> on <code>${text(run.branch)}</code> by ${text(run.actor)}</p>${jobs.join('')}`,
  )
}
