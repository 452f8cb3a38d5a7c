import { analyzer } from '../../src/analyzers/admission-refusals.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'admission')
