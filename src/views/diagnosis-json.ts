import type { Diagnosis } from '../domain/diagnosis.ts'

/** The answer as JSON, ending in a newline. Its key order is fixed by the diagnosis, so equal input gives equal bytes. */
export const diagnosisJson = (diagnosis: Diagnosis): string => `${JSON.stringify(diagnosis, null, 2)}\n`
