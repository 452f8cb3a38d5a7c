import type { Document } from '../../domain/document.ts'
import { documentText } from '../../views/document-text.ts'
import type { Doctor } from '../doctor.ts'

/** How long a mail waits for its server, in seconds; a report that is older says nothing about now. */
const keep = 86_400

type Kept = { readonly subject: string; readonly text: string; readonly sent: boolean }

/** Has a document mailed, once for each id, where mail is set up. A store that is away loses the mail, not the report. */
export const mailLater = async (doctor: Doctor, id: string, subject: string, document: Document): Promise<void> => {
  if (doctor.mailer === undefined) return
  try {
    const before = await doctor.store.get<Kept>('mail', id)
    if (before?.value.sent === true) return
    const kept: Kept = { subject, text: documentText(document), sent: false }
    if (before === undefined) await doctor.store.put<Kept>('mail', id, kept, 0, keep)
    await doctor.jobs.add({ v: 1, kind: 'mail', id }, { key: `mail-${id}` })
  } catch (err) {
    doctor.log.warn({ err, id }, 'a mail could not be kept')
  }
}

/** The `mail` job. A crash between the server's answer and our keeping of it sends the mail again, with the same message id. */
export const sendMail = async (doctor: Doctor, id: string, signal: AbortSignal): Promise<void> => {
  const kept = await doctor.store.get<Kept>('mail', id)
  if (kept === undefined || kept.value.sent || doctor.mailer === undefined) return
  const { subject, text } = kept.value
  await doctor.mailer.send({ id, subject, text }, signal)
  await doctor.store.put<Kept>('mail', id, { ...kept.value, sent: true }, kept.version, keep)
}
