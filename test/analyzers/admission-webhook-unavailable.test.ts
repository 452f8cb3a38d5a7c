import { analyzer } from '../../src/analyzers/admission-webhook-unavailable.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'admission')
