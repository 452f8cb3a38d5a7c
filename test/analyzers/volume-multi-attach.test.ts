import { analyzer } from '../../src/analyzers/volume-multi-attach.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
