import { analyzer } from '../../src/analyzers/service-selector.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'services')
