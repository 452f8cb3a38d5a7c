import type { Config } from '../config.ts'
import type { Doctor } from '../doctor/doctor.ts'
import type { PlaceId } from '../domain/incident-news.ts'
import type { Place } from '../ports/places.ts'

/** The other places that are set up. What is not is not even loaded. */
export const openPlaces = async ({ places }: Config): Promise<Pick<Doctor, 'places' | 'mailer'>> => {
  const { webhook, jira, evidence, mail } = places
  const all: (readonly [PlaceId, Place])[] = []
  if (webhook !== undefined)
    all.push(['webhook', (await import('../adapters/outgoing/webhook.ts')).outgoingWebhook(webhook)])
  if (jira !== undefined) all.push(['jira', (await import('../adapters/jira/jira.ts')).jira(jira)])
  if (evidence !== undefined)
    all.push(['evidence', (await import('../adapters/s3/evidence.ts')).evidenceStore(evidence)])
  return {
    ...(all.length === 0 ? {} : { places: new Map(all) }),
    ...(mail === undefined ? {} : { mailer: (await import('../adapters/smtp/mailer.ts')).smtpMailer(mail) }),
  }
}
