import { analyzer } from '../../src/analyzers/volume-provisioning.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
