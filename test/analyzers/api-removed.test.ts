import { analyzer } from '../../src/analyzers/api-removed.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'admission')
