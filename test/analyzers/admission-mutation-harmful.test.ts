import { analyzer } from '../../src/analyzers/admission-mutation-harmful.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'admission')
