import { analyzer } from '../../src/analyzers/service-port.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'services')
